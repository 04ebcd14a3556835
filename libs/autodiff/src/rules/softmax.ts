import { int, intOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';

// y = eˣ / Σeˣ     dx = y·(dy − Σ dy·y)
export const softmax = elementwise('Softmax', [13], ({ g, attrs, y, dy }) =>
  g.mul(y, g.sub(dy, g.sum(g.mul(dy, y), [intOr(attrs, 'axis', -1)], true))),
[{ shapes: [[2, 3, 4]] }, { shapes: [[2, 3, 4]], attrs: { axis: int(1) } }]);
