import { tensor, type Tensor } from '@neuron-atlas/onnx';

/** What `from` places become as fewer, `to`: the mean over the stretch that each covers, as a constant f32[to, from]. */
export function areaAverage(from: number, to: number): Tensor {
  const stretch = from / to;
  const data = new Float32Array(to * from);
  for (let o = 0; o < to; o++) {
    const [start, end] = [o * stretch, (o + 1) * stretch];
    for (let i = Math.floor(start); i < Math.min(from, Math.ceil(end)); i++) data[o * from + i] = (Math.min(end, i + 1) - Math.max(start, i)) / stretch;
  }
  return tensor('f32', [to, from], data);
}
