import { float, floatOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { positive } from '../masks.js';

// y = x > 0 ? x : αx     dx = dy · (x > 0 ? 1 : α) = dy · max([x > 0], α) for 0 ≤ α ≤ 1
export const leakyRelu = elementwise('LeakyRelu', [16], ({ g, attrs, x, dy }) => {
  const alpha = floatOr(attrs, 'alpha', 0.01);
  const slope = alpha >= 0 && alpha <= 1 ? g.max(positive(g, x), alpha) : g.add(g.mul(positive(g, x), 1 - alpha), alpha);
  return g.mul(dy, slope);
}, [{ shapes: [[2, 3, 4]], avoid: [0] }, { shapes: [[2, 3, 4]], avoid: [0], attrs: { alpha: float(0.3) } }, { shapes: [[2, 3, 4]], avoid: [0], attrs: { alpha: float(-0.5) } }]);
