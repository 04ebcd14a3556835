import { f32, type GraphBuilder, int, intOr, ints, sizeOf, string, type Value, type WindowGeometry, windowGeometry } from '@neuron-atlas/onnx';
import { convInputGradient } from '../conv-input-gradient.js';
import { indices } from '../indices.js';
import { filled } from '../filled.js';
import { elementwise } from '../elementwise.js';
import { canReenter, staysPlain } from '../reentry.js';
import { realTensor } from '../real-tensor.js';

// y = Σ x over a window / count     dx = the transpose of a depthwise convolution with ones, of dy / count
export const averagePool = elementwise('AveragePool', [11, 19, 22], ({ g, attrs, around, x, dy }) => {
  const spatial = x.shape.slice(2);
  const kernel = attrs['kernel_shape']?.type === 'ints' ? attrs['kernel_shape'].value : [];
  const geometry = windowGeometry(attrs, spatial, kernel);
  if (tiles(geometry, spatial, dy.shape.slice(2))) return repeated(g, dy, geometry.kernel);
  const counts = windowCounts(geometry, spatial, dy.shape.slice(2), attrsPads(attrs, geometry));
  const share = counts.every((count) => count === counts[0]) ? g.mul(dy, 1 / counts[0]!) : g.mul(dy, countMap(g, counts, dy));
  const channels = x.shape[1]!;
  const w = filled(g, { dtype: dy.dtype, shape: [channels, 1, ...kernel] }, 1);
  return convInputGradient(g, { dy: share, w, known: g.constantOf(w.name), geometry, group: channels, spatial, plain: staysPlain(x, around) });
}, [
  { shapes: [[2, 3, 6, 6]], attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) } },
  { shapes: [[2, 3, 7, 6]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } },
  { shapes: [[2, 3, 7, 6]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), count_include_pad: int(1) } },
  { shapes: [[2, 3, 7, 6]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) }, opset: 19 },
  { shapes: [[2, 3, 8, 7]], attrs: { kernel_shape: ints([3, 2]), strides: ints([2, 3]), pads: ints([1, 0, 1, 1]), ceil_mode: int(1), count_include_pad: int(1) }, opset: 19 },
  { shapes: [[2, 3, 7, 6]], attrs: { kernel_shape: ints([3, 3]), auto_pad: string('SAME_UPPER') } },
  { shapes: [[1, 16, 5, 5]], attrs: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) } },
  { shapes: [[2, 3, 9]], attrs: { kernel_shape: ints([3]), strides: ints([2]) } },
  { shapes: [[1, 16, 6, 4]], attrs: { kernel_shape: ints([3, 2]), strides: ints([3, 2]) } },
  { shapes: [[1, 2, 7, 6]], attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) } },
  { shapes: [[1, 2, 9]], attrs: { kernel_shape: ints([3]), strides: ints([3]), pads: ints([1, 0]) } },
]);

/** Whether the windows lie side by side and cover the input exactly. */
const tiles = ({ kernel, strides, dilations, pads }: WindowGeometry, spatial: readonly number[], out: readonly number[]): boolean =>
  kernel.every((k, i) => strides[i] === k && dilations[i] === 1 && pads[i] === 0 && out[i]! * k === spatial[i]);

/** dy / count, repeated over each window: half the time of a transposed convolution, and it stays in the blocked layout. */
function repeated(g: GraphBuilder, dy: Value, kernel: readonly number[]): Value {
  const share = 1 / sizeOf(kernel);
  const shared = canReenter(dy) ? g.conv(dy, filled(g, { dtype: dy.dtype, shape: [dy.shape[1]!, 1, 1, 1] }, share), undefined, { group: dy.shape[1]! }) : g.mul(dy, share);
  const shape = dy.shape.map((dim, axis) => (axis < 2 ? dim : dim * kernel[axis - 2]!));
  const attrs = { mode: string('nearest'), coordinate_transformation_mode: string('asymmetric'), nearest_mode: string('floor') };
  return g.emit('Resize', [shared, undefined, g.constant(f32([dy.shape.length], [1, 1, ...kernel]))], attrs, [{ dtype: dy.dtype, shape }])[0]!;
}

/** The pads as far as they count: those of the attributes if padding is counted, else none. */
function attrsPads(attrs: Parameters<typeof windowGeometry>[0], geometry: WindowGeometry): readonly number[] {
  if (intOr(attrs, 'count_include_pad', 0) === 0) return geometry.pads.map(() => 0);
  // What rounding up adds to the end is never counted.
  return attrs['pads']?.type === 'ints' ? attrs['pads'].value : intOr(attrs, 'ceil_mode', 0) === 1 ? geometry.pads.map(() => 0) : geometry.pads;
}

/** How many elements each window averages over. */
function windowCounts({ kernel, strides, dilations, pads }: WindowGeometry, spatial: readonly number[], out: readonly number[], counted: readonly number[]): number[] {
  const along = kernel.map((k, axis) => Array.from({ length: out[axis]! }, (_, i) => {
    const start = i * strides[axis]! - pads[axis]!;
    return Array.from({ length: k }, (_, t) => start + t * dilations[axis]!)
      .filter((at) => at >= -counted[axis]! && at < spatial[axis]! + counted[axis + kernel.length]!).length;
  }));
  return indices(out).map((at) => at.reduce((product, i, axis) => product * along[axis]![i]!, 1));
}

function countMap(g: GraphBuilder, counts: readonly number[], dy: Value): Value {
  const shape = [1, 1, ...dy.shape.slice(2)];
  if (sizeOf(shape) !== counts.length) throw new Error('unreachable: a count per window');
  return g.constant(realTensor(dy.dtype, shape, counts.map((count) => 1 / count)));
}
