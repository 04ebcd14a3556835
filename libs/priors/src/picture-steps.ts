import { type GraphBuilder, i64, int, tensor, type Value } from '@neuron-atlas/onnx';

/** Whether step `step` (f32 scalar, from 1) is due every `every` steps: bool scalar. */
export const due = (g: GraphBuilder, step: Value, every: number): Value =>
  g.less(g.emit('Mod', [step, g.constant(every)], { fmod: int(1) }, [{ dtype: 'f32', shape: [] }])[0]!, 0.5);

/** ∂/∂x Σ √((x[i+1] − x[i])² + ε) along one axis; ε makes it smooth at 0. */
export function totalVariationGradient(g: GraphBuilder, x: Value, axis: number): Value {
  const length = x.shape[axis]!;
  const step = g.sub(g.slice(x, [1], [length], [axis]), g.slice(x, [0], [length - 1], [axis]));
  const slope = g.div(step, g.sqrt(g.add(g.mul(step, step), 1e-4)));
  const pads = (begin: number, end: number): number[] => {
    const all = Array.from({ length: 2 * x.shape.length }, () => 0);
    all[axis] = begin;
    all[axis + x.shape.length] = end;
    return all;
  };
  return g.sub(g.pad(slope, pads(1, 0)), g.pad(slope, pads(0, 1)));
}

/** A separable Gaussian, edges repeated, taps to three standard deviations. */
export function gaussianBlur(g: GraphBuilder, x: Value, sigma: number): Value {
  const channels = x.shape[1]!;
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = taps.reduce((a, b) => a + b, 0);
  const data = Float32Array.from({ length: channels * taps.length }, (_, i) => taps[i % taps.length]! / total);
  const padded = g.pad(x, [0, 0, reach, reach, 0, 0, reach, reach], { mode: 'edge' });
  const rows = g.conv(padded, g.constant(tensor('f32', [channels, 1, taps.length, 1], data)), undefined, { group: channels });
  return g.conv(rows, g.constant(tensor('f32', [channels, 1, 1, taps.length], data)), undefined, { group: channels });
}

/**
 * x where its `measure` (f32[N, 1 or C, H, W]) reaches the `percent`-th percentile of its row, 0 elsewhere.
 *
 * The percentile is NumPy's: linear between the two nearest of the sorted values.
 */
export function keepAbove(g: GraphBuilder, x: Value, measure: Value, percent: number): Value {
  const [batch, ...rest] = measure.shape as [number, ...number[]];
  const size = rest.reduce((a, b) => a * b, 1);
  const place = (percent / 100) * (size - 1);
  const below = Math.floor(place);
  const count = size - below; // the largest `count` values: their last two lie on both sides of the percentile
  const [sorted] = g.emit('TopK', [g.reshape(measure, [batch, size]), g.constant(i64([1], [count]))], { axis: int(1), largest: int(1), sorted: int(1) },
    [{ dtype: 'f32', shape: [batch, count] }, { dtype: 'i64', shape: [batch, count] }]) as [Value, Value];
  const at = (fromEnd: number): Value => g.slice(sorted, [Math.max(0, count - fromEnd)], [Math.max(0, count - fromEnd) + 1], [1]);
  const weight = place - below;
  const threshold = weight === 0 || count === 1 ? at(1) : g.add(g.mul(at(1), 1 - weight), g.mul(at(2), weight));
  const kept = g.less(measure, g.reshape(threshold, [batch, ...rest.map(() => 1)]));
  return g.where(kept, 0, x);
}
