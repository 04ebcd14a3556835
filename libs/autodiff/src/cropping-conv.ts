import { type ConvGeometry, type GraphBuilder, type Value } from '@neuron-atlas/onnx';

/** A convolution whose pads may be negative: the input is cropped first. */
export function croppingConv(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry & { readonly pads: readonly number[] }): Value {
  const rank = w.shape.length - 2;
  const [begin, end] = [geometry.pads.slice(0, rank), geometry.pads.slice(rank)];
  const axes = begin.flatMap((pad, i) => (pad < 0 || end[i]! < 0 ? [i] : []));
  const input = axes.length === 0 ? x : g.slice(
    x, axes.map((i) => Math.max(-begin[i]!, 0)), axes.map((i) => x.shape[i + 2]! - Math.max(-end[i]!, 0)), axes.map((i) => i + 2),
  );
  return g.conv(input, w, undefined, { ...geometry, pads: geometry.pads.map((pad) => Math.max(pad, 0)) });
}
