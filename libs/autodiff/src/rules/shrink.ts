import { float, floatOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { positive } from '../masks.js';

// y = x − b for x > λ, x + b for x < −λ, else 0     dx = dy where |x| > λ
export const shrink = elementwise('Shrink', [9], ({ g, attrs, x, dy }) => g.mul(dy, positive(g, g.sub(g.abs(x), floatOr(attrs, 'lambd', 0.5)))), [
  { shapes: [[2, 3, 4]], avoid: [-0.5, 0.5] },
  { shapes: [[2, 3, 4]], avoid: [-0.25, 0.25], attrs: { lambd: float(0.25), bias: float(0.125) } },
]);
