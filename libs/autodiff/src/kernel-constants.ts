import { sizeOf, tensor, type Tensor } from '@neuron-atlas/onnx';

/** A kernel made from another, element by element; `from` gives the index in the old one's data, or -1 for zero. */
export function kernelFrom(old: Tensor, shape: readonly number[], from: (o: number, c: number, at: number) => number): Tensor {
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
  return old.dtype === 'f64' ? tensor('f64', shape, data as Float64Array) : tensor('f32', shape, data as Float32Array);
}

/** W′[c, o, i] = W[o, c, k − 1 − i] within each group: [O, C/group, …] to [C, O/group, …]. */
export function flippedKernel(w: Tensor, group: number): Tensor {
  const [outs, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  const perGroup = outs / group;
  return kernelFrom(w, [ins * group, perGroup, ...kernel], (row, column, at) => {
    const [part, c] = [Math.floor(row / ins), row % ins];
    return ((part * perGroup + column) * ins + c) * taps + (taps - 1 - at);
  });
}

/** The kernel of input channels start … end − 1 alone: [O, C, …] to [O, end − start, …]. */
export function inputChannels(w: Tensor, start: number, end: number): Tensor {
  const [outs, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  return kernelFrom(w, [outs, end - start, ...kernel], (o, c, at) => (o * ins + start + c) * taps + at);
}
