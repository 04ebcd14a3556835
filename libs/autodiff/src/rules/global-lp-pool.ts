import { int, intOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { lpInput, lpOutput } from '../lp-norm.js';

// y = (Σ|x|ᵖ)^(1/p) over all places     dx = sign(x)·|x|^(p−1) · dy·y^(1−p)
export const globalLpPool = elementwise('GlobalLpPool', [2, 22], ({ g, attrs, x, y, dy }) => {
  const p = intOr(attrs, 'p', 2);
  return lpInput(g, x, lpOutput(g, y, dy, p), p);
}, [{ shapes: [[2, 3, 4, 5]] }, { shapes: [[2, 3, 4]], avoid: [0], attrs: { p: int(1) } }, { shapes: [[2, 3, 4]], attrs: { p: int(3) } }]);
