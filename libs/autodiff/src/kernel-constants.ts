import { computedTensor, type GraphBuilder, i64, sizeOf, tensor, type Tensor, type Value } from '@neuron-atlas/onnx';
import { filled } from './filled.js';
import { reversed } from './reversed.js';

/** How a kernel is made from another: the same in two forms. */
export interface KernelForm {
  readonly shape: readonly number[];
  /** The index in the old kernel's data of each element, or -1 for zero. */
  readonly from: (o: number, c: number, at: number) => number;
  /** By operators, for a kernel that is not in memory. */
  readonly build: (g: GraphBuilder, w: Value) => Value;
}

/** A kernel made from another. */
export function kernelFrom(old: Tensor, { shape, from, build }: KernelForm): Tensor {
  if (old.source !== undefined) return computedTensor((g) => build(g, g.constant(old)), () => elements(old, shape, from));
  const data = elements(old, shape, from);
  return old.dtype === 'f64' ? tensor('f64', shape, data as Float64Array) : tensor('f32', shape, data as Float32Array);
}

function elements(old: Tensor, shape: readonly number[], from: KernelForm['from']): Float32Array | Float64Array {
  const source = old.data as Float32Array | Float64Array;
  const size = sizeOf(shape);
  const data = old.dtype === 'f64' ? new Float64Array(size) : new Float32Array(size);
  const [outs, ins, ...kernel] = shape as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  let index = 0;
  for (let o = 0; o < outs; o++) for (let c = 0; c < ins; c++) for (let at = 0; at < taps; at++, index++) {
    const place = from(o, c, at);
    if (place >= 0) data[index] = source[place]!;
  }
  return data;
}

/** W′[c, o, i] = W[o, c, k − 1 − i] within each group: [O, C/group, …] to [C, O/group, …]. */
export function flippedKernel(w: Tensor, group: number): Tensor {
  const [outs, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  const perGroup = outs / group;
  return kernelFrom(w, {
    shape: [ins * group, perGroup, ...kernel],
    from: (row, column, at) => {
      const [part, c] = [Math.floor(row / ins), row % ins];
      return ((part * perGroup + column) * ins + c) * taps + (taps - 1 - at);
    },
    build: (g, value) => flippedValue(g, value, group),
  });
}

/** The same of a kernel that is known only when the graph runs. */
export function flippedValue(g: GraphBuilder, w: Value, group: number): Value {
  return channelsSwapped(g, reversed(g, w, w.shape.slice(2).map((_, i) => i + 2)), group);
}

/** [O, C/group, …] to [C, O/group, …]. */
export function channelsSwapped(g: GraphBuilder, w: Value, group: number): Value {
  const [o, c, ...kernel] = w.shape as [number, number, ...number[]];
  if (group === 1) return g.transpose(w, [1, 0, ...kernel.map((_, i) => i + 2)]);
  const apart = g.reshape(w, [group, o / group, c, ...kernel]);
  return g.reshape(g.transpose(apart, [0, 2, 1, ...kernel.map((_, i) => i + 3)]), [group * c, o / group, ...kernel]);
}

/** The taps of one spatial axis in another order, zeros where there is none. */
export function tapsAt(g: GraphBuilder, w: Value, axis: number, taps: readonly (number | undefined)[]): Value {
  const length = w.shape[axis + 2]!;
  const padded = taps.includes(undefined) ? g.concat([w, filled(g, { dtype: w.dtype, shape: w.shape.map((dim, i) => (i === axis + 2 ? 1 : dim)) }, 0)], axis + 2) : w;
  return g.gather(padded, g.constant(i64([taps.length], taps.map((tap) => tap ?? length))), axis + 2);
}

/** The kernel of input channels start … end − 1 alone: [O, C, …] to [O, end − start, …]. */
export function inputChannels(w: Tensor, start: number, end: number): Tensor {
  const [outs, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  return kernelFrom(w, {
    shape: [outs, end - start, ...kernel],
    from: (o, c, at) => (o * ins + start + c) * taps + at,
    build: (g, value) => g.slice(value, [start], [end], [1]),
  });
}
