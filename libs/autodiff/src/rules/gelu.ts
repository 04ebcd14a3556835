import { string, stringOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { geluSlope } from '../gelu-slope.js';

// none: y = x·Φ(x)     dx = dy · (Φ(x) + x·φ(x)), Φ and φ the normal distribution and its density
// tanh: y = ½x(1 + t), t = tanh u, u = √(2/π)(x + 0.044715x³)     dx = dy · ½(1 + t + x(1 − t²)u′)
export const gelu = elementwise('Gelu', [20], ({ g, attrs, x, dy }) => {
  if (stringOr(attrs, 'approximate', 'none') === 'none') {
    const h = g.mul(x, Math.SQRT1_2);
    return g.mul(dy, geluSlope(g, x, { h, slope: Math.SQRT1_2, erf: g.erf(h) }));
  }
  const square = g.mul(x, x);
  const c = Math.sqrt(2 / Math.PI);
  const t = g.tanh(g.mul(x, g.add(g.mul(square, 0.044715 * c), c)));
  const slope = g.add(g.mul(square, 3 * 0.044715 * c), c);
  return g.mul(dy, g.mul(g.add(g.add(t, 1), g.mul(g.mul(x, slope), g.sub(1, g.mul(t, t)))), 0.5));
}, [{ shapes: [[2, 3, 4]], range: [-3, 3], opset: 20 }, { shapes: [[2, 3, 4]], range: [-3, 3], attrs: { approximate: string('tanh') }, opset: 20 }]);
