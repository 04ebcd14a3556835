import { elementwise } from '../elementwise.js';

// y = x / (1 + |x|)     dx = dy / (1 + |x|)²
export const softsign = elementwise('Softsign', [1, 22], ({ g, x, dy }) => {
  const d = g.add(1, g.abs(x));
  return g.div(dy, g.mul(d, d));
}, [{ shapes: [[2, 3, 4]], avoid: [0] }]);
