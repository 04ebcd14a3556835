import { elementwise } from '../elementwise.js';
import { floatOr } from '@neuron-atlas/onnx';

// y = γ(x > 0 ? x : α(eˣ − 1))     dx = dy · (x > 0 ? γ : y + αγ)
export const selu = elementwise('Selu', [6, 22], ({ g, attrs, x, y, dy }) => {
  const alpha = floatOr(attrs, 'alpha', 1.67326319217681884765625);
  const gamma = floatOr(attrs, 'gamma', 1.05070102214813232421875);
  return g.mul(dy, g.where(g.greater(x, 0), gamma, g.add(y, alpha * gamma)));
}, [{ shapes: [[2, 3, 4]], avoid: [0] }]);
