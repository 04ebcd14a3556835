import { tensor, type Tensor } from '@neuron-atlas/onnx';

/** Linear interpolation from `from` to `to` places whose ends fall together as edges of pixels, as a constant f32[to, from]. */
export function interpolation(from: number, to: number): Tensor {
  const data = new Float32Array(to * from);
  for (let o = 0; o < to; o++) {
    const place = Math.min(from - 1, Math.max(0, ((o + 0.5) * from) / to - 0.5));
    const low = Math.floor(place);
    data[o * from + low]! += 1 - (place - low);
    if (place > low) data[o * from + low + 1]! += place - low;
  }
  return tensor('f32', [to, from], data);
}

/** An array f32[C, h, w] at another size, linear; on the host. */
export function resized(data: Float32Array, [channels, h, w]: readonly [number, number, number], height: number, width: number): Float32Array {
  const [rows, columns] = [interpolation(h, height).data as Float32Array, interpolation(w, width).data as Float32Array];
  const out = new Float32Array(channels * height * width);
  const line = new Float32Array(w);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      line.fill(0);
      for (let i = 0; i < h; i++) {
        const weight = rows[y * h + i]!;
        if (weight !== 0) for (let j = 0; j < w; j++) line[j]! += weight * data[(c * h + i) * w + j]!;
      }
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let j = 0; j < w; j++) sum += columns[x * w + j]! * line[j]!;
        out[(c * height + y) * width + x] = sum;
      }
    }
  }
  return out;
}
