/** A small convolutional classifier in plain double precision, written from the definitions: the tests' independent reference. */

export interface Layer4 { readonly data: readonly number[]; readonly shape: readonly [batch: number, channels: number, height: number, width: number] }

/** y[n, o, i, j] = b[o] + Σ x[n, c, s·i + a − p, s·j + b − p] · w[o, c, a, b] */
export function conv(x: Layer4, weight: readonly number[], bias: readonly number[], kernel: number, pad: number, stride: number): Layer4 {
  const [batch, channels, height, width] = x.shape;
  const outputs = bias.length;
  const outHeight = Math.floor((height + 2 * pad - kernel) / stride) + 1, outWidth = Math.floor((width + 2 * pad - kernel) / stride) + 1;
  const data: number[] = [];
  for (let n = 0; n < batch; n++) for (let o = 0; o < outputs; o++) for (let i = 0; i < outHeight; i++) for (let j = 0; j < outWidth; j++) {
    let sum = bias[o]!;
    for (let c = 0; c < channels; c++) for (let a = 0; a < kernel; a++) for (let b = 0; b < kernel; b++) {
      const row = stride * i + a - pad, column = stride * j + b - pad;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      sum += x.data[((n * channels + c) * height + row) * width + column]! * weight[((o * channels + c) * kernel + a) * kernel + b]!;
    }
    data.push(sum);
  }
  return { data, shape: [batch, outputs, outHeight, outWidth] };
}

export const relu = (x: Layer4): Layer4 => ({ ...x, data: x.data.map((value) => Math.max(0, value)) });

/** Windows of 2 × 2 that do not overlap. */
export function maxPool(x: Layer4): Layer4 {
  const [batch, channels, height, width] = x.shape;
  const data: number[] = [];
  for (let plane = 0; plane < batch * channels; plane++) for (let i = 0; i + 1 < height; i += 2) for (let j = 0; j + 1 < width; j += 2) {
    const at = (row: number, column: number): number => x.data[(plane * height + row) * width + column]!;
    data.push(Math.max(at(i, j), at(i, j + 1), at(i + 1, j), at(i + 1, j + 1)));
  }
  return { data, shape: [batch, channels, Math.floor(height / 2), Math.floor(width / 2)] };
}

/** Means over the maps: rows of channels. */
export function pooled(x: Layer4): number[][] {
  const [batch, channels, height, width] = x.shape;
  return Array.from({ length: batch }, (_, n) => Array.from({ length: channels }, (__, c) => {
    const start = (n * channels + c) * height * width;
    return x.data.slice(start, start + height * width).reduce((a, b) => a + b, 0) / (height * width);
  }));
}

/** y[n, k] = b[k] + Σ x[n, c] · w[k, c] */
export const dense = (x: readonly (readonly number[])[], weight: readonly number[], bias: readonly number[]): number[][] =>
  x.map((row) => bias.map((b, k) => row.reduce((sum, value, c) => sum + value * weight[k * row.length + c]!, b)));

/** Mean over rows of −log of the softmax at the row's class. */
export const crossEntropyOf = (logits: readonly (readonly number[])[], classes: readonly number[]): number =>
  logits.reduce((sum, row, n) => sum + Math.log(row.reduce((total, value) => total + Math.exp(value), 0)) - row[classes[n]!]!, 0) / logits.length;

/** ∂f/∂x by central differences. */
export function centralDifferences(f: (x: readonly number[]) => number, x: readonly number[], step = 1e-6): number[] {
  return x.map((value, i) => (f(x.with(i, value + step)) - f(x.with(i, value - step))) / (2 * step));
}

/** y[n, o, s·i + a − p, s·j + b − p] += x[n, c, i, j] · w[c, o, a, b], and the bias. */
export function convTranspose(x: Layer4, weight: readonly number[], bias: readonly number[], kernel: number, pad: number, stride: number): Layer4 {
  const [batch, channels, height, width] = x.shape;
  const outputs = bias.length;
  const outHeight = (height - 1) * stride + kernel - 2 * pad, outWidth = (width - 1) * stride + kernel - 2 * pad;
  const data = Array.from({ length: batch * outputs * outHeight * outWidth }, (_, at) => bias[Math.floor(at / (outHeight * outWidth)) % outputs]!);
  for (let n = 0; n < batch; n++) for (let c = 0; c < channels; c++) for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) {
    const value = x.data[((n * channels + c) * height + i) * width + j]!;
    for (let o = 0; o < outputs; o++) for (let a = 0; a < kernel; a++) for (let b = 0; b < kernel; b++) {
      const row = stride * i + a - pad, column = stride * j + b - pad;
      if (row < 0 || row >= outHeight || column < 0 || column >= outWidth) continue;
      data[((n * outputs + o) * outHeight + row) * outWidth + column]! += value * weight[((c * outputs + o) * kernel + a) * kernel + b]!;
    }
  }
  return { data, shape: [batch, outputs, outHeight, outWidth] };
}

/** y = γ (x − μ) / √(σ² + ε) + β, with mean and population variance of the batch, a channel at a time. */
export function batchNorm(x: Layer4, gamma: readonly number[], beta: readonly number[], epsilon: number): Layer4 {
  const [batch, channels, height, width] = x.shape;
  const channelOf = (at: number): number => Math.floor(at / (height * width)) % channels;
  const count = batch * height * width;
  const mean = gamma.map((_, c) => x.data.reduce((sum, value, at) => sum + (channelOf(at) === c ? value : 0), 0) / count);
  const variance = gamma.map((_, c) => x.data.reduce((sum, value, at) => sum + (channelOf(at) === c ? (value - mean[c]!) ** 2 : 0), 0) / count);
  return { ...x, data: x.data.map((value, at) => { const c = channelOf(at); return (gamma[c]! * (value - mean[c]!)) / Math.sqrt(variance[c]! + epsilon) + beta[c]!; }) };
}

export const leakyRelu = (x: Layer4, slope: number): Layer4 => ({ ...x, data: x.data.map((value) => (value > 0 ? value : slope * value)) });

export const meanSquareOf = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
