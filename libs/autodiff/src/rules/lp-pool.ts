import { int, intOr, ints, string, windowGeometry } from '@neuron-atlas/onnx';
import { convInputGradient } from '../conv-input-gradient.js';
import { elementwise } from '../elementwise.js';
import { filled } from '../filled.js';
import { lpInput, lpOutput } from '../lp-norm.js';
import { staysPlain } from '../reentry.js';

// y = (Σ|x|ᵖ)^(1/p) over a window     dx = sign(x)·|x|^(p−1) · (the transpose of a convolution with ones, of dy·y^(1−p))
export const lpPool = elementwise('LpPool', [11, 18, 22], ({ g, attrs, around, x, y, dy }) => {
  const p = intOr(attrs, 'p', 2);
  const spatial = x.shape.slice(2);
  const kernel = attrs['kernel_shape']?.type === 'ints' ? attrs['kernel_shape'].value : [];
  const geometry = windowGeometry(attrs, spatial, kernel);
  const group = x.shape[1]!;
  const w = filled(g, { dtype: dy.dtype, shape: [group, 1, ...kernel] }, 1);
  const spread = convInputGradient(g, { dy: lpOutput(g, y, dy, p), w, known: g.constantOf(w.name), geometry, group, spatial, plain: staysPlain(x, around) });
  return lpInput(g, x, spread, p);
}, [
  { shapes: [[2, 3, 6, 6]], attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) } },
  { shapes: [[2, 3, 7, 6]], avoid: [0], attrs: { kernel_shape: ints([3, 2]), strides: ints([2, 1]), pads: ints([1, 0, 1, 1]), p: int(1) } },
  { shapes: [[2, 3, 7, 6]], attrs: { kernel_shape: ints([3, 3]), auto_pad: string('SAME_UPPER'), p: int(3) } },
  { shapes: [[2, 2, 9]], attrs: { kernel_shape: ints([3]), strides: ints([2]) } },
]);
