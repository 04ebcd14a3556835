import { elementwise } from '../elementwise.js';
import { positive } from '../masks.js';

// y = x · h, h = clip(x/6 + ½, 0, 1)     dx = dy · (h + x/6 · [0 < h < 1])
export const hardSwish = elementwise('HardSwish', [14, 22], ({ g, x, dy }) => {
  const h = g.min(g.max(g.add(g.mul(x, 1 / 6), 0.5), 0), 1);
  const inside = g.mul(positive(g, h), positive(g, g.sub(1, h)));
  return g.mul(dy, g.add(h, g.mul(g.mul(x, 1 / 6), inside)));
}, [{ shapes: [[2, 3, 4]], range: [-5, 5], avoid: [-3, 3] }]);
