import { elementwise } from '../elementwise.js';

// y = x · t, t = tanh(softplus x)     dx = dy · (t + x(1 − t²) sigmoid x)
export const mish = elementwise('Mish', [18, 22], ({ g, x, dy }) => {
  const t = g.tanh(g.unary('Softplus', x));
  return g.mul(dy, g.add(t, g.mul(g.mul(x, g.sub(1, g.mul(t, t))), g.sigmoid(x))));
}, [{ shapes: [[2, 3, 4]], range: [-3, 3] }]);
