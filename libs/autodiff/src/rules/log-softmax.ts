import { int, intOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';

// y = x − ln Σeˣ     dx = dy − eʸ · Σ dy
export const logSoftmax = elementwise('LogSoftmax', [13], ({ g, attrs, y, dy }) =>
  g.sub(dy, g.mul(g.exp(y), g.sum(dy, [intOr(attrs, 'axis', -1)], true))),
[{ shapes: [[2, 3, 4]] }, { shapes: [[2, 3, 4]], attrs: { axis: int(1) } }]);
