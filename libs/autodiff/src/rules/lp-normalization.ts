import { int, intOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { signOf } from '../masks.js';

// y = x/r, r = (Σ|x|ᵖ)^(1/p)     dx = (dy − s·Σ dy·y)/r, s = y for p = 2, sign(x) for p = 1
export const lpNormalization = elementwise('LpNormalization', [1, 22], ({ g, attrs, x, y, dy }) => {
  const axes = [intOr(attrs, 'axis', -1)];
  const along = g.sum(g.mul(dy, y), axes, true);
  if (intOr(attrs, 'p', 2) === 1) return g.div(g.sub(dy, g.mul(signOf(g, x), along)), g.sum(g.abs(x), axes, true));
  return g.div(g.sub(dy, g.mul(y, along)), g.sqrt(g.sum(g.mul(x, x), axes, true)));
}, [{ shapes: [[2, 3, 4]], avoid: [0] }, { shapes: [[2, 3, 4]], avoid: [0], attrs: { axis: int(1), p: int(1) } }]);
