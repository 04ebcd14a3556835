import { string, stringOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';

// none: y = x·Φ(x), Φ(x) = ½(1 + erf(x/√2))     dx = dy · (Φ(x) + x·φ(x)), φ(x) = e^(−x²/2) / √(2π)
// tanh: y = ½x(1 + t), t = tanh u, u = √(2/π)(x + 0.044715x³)     dx = dy · ½(1 + t + x(1 − t²)u′)
export const gelu = elementwise('Gelu', [20], ({ g, attrs, x, dy }) => {
  const square = g.mul(x, x);
  if (stringOr(attrs, 'approximate', 'none') === 'none') {
    const phi = g.mul(g.exp(g.mul(square, -0.5)), 1 / Math.sqrt(2 * Math.PI));
    const cumulative = g.mul(g.add(g.erf(g.mul(x, Math.SQRT1_2)), 1), 0.5);
    return g.mul(dy, g.add(cumulative, g.mul(x, phi)));
  }
  const c = Math.sqrt(2 / Math.PI);
  const t = g.tanh(g.mul(x, g.add(g.mul(square, 0.044715 * c), c)));
  const slope = g.add(g.mul(square, 3 * 0.044715 * c), c);
  return g.mul(dy, g.mul(g.add(g.add(t, 1), g.mul(g.mul(x, slope), g.sub(1, g.mul(t, t)))), 0.5));
}, [{ shapes: [[2, 3, 4]], range: [-3, 3], opset: 20 }, { shapes: [[2, 3, 4]], range: [-3, 3], attrs: { approximate: string('tanh') }, opset: 20 }]);
