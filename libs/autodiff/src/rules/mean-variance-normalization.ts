import { ints, intsOr, normalAxis } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { normalized } from '../normalized.js';

// The operator adds 10⁻⁹ to σ: 10⁻¹⁸ under the root is the same for a flat input, and nothing beside any other.
const epsilon = 1e-18;

// y = (x − μ)/σ
export const meanVarianceNormalization = elementwise('MeanVarianceNormalization', [13], ({ g, attrs, x, dy }) =>
  normalized(g, x, intsOr(attrs, 'axes', [0, 2, 3]).map((axis) => normalAxis(axis, x.shape.length)), epsilon).gradient(dy),
[{ shapes: [[2, 3, 4, 5]] }, { shapes: [[2, 3, 4, 5]], attrs: { axes: ints([1, -1]) } }]);
