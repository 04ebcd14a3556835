import { type GraphBuilder, i64, tensor, type Value } from '@neuron-atlas/onnx';
import type { Preprocess } from '@neuron-atlas/spec';

/** A picture f32[N, C, H, W] in 0..1 as the model expects it: (x · (high − low) + low − mean) / std, channels reversed for BGR. */
export function preprocess(g: GraphBuilder, image: Value, { mean, std, range: [low, high], color }: Preprocess): Value {
  const channels = image.shape[1]!;
  const perChannel = (values: readonly number[], fallback: number): number[] =>
    Array.from({ length: channels }, (_, i) => values[values.length === 1 ? 0 : i] ?? fallback);
  const [means, deviations] = [perChannel(mean, 0), perChannel(std, 1)];
  const list = (value: (channel: number) => number): Value =>
    g.constant(tensor('f32', [1, channels, 1, 1], Float32Array.from({ length: channels }, (_, channel) => value(channel))));
  const ordered = color === 'BGR' && channels === 3 ? g.gather(image, g.constant(i64([3], [2, 1, 0])), 1) : image;
  const scaled = g.mul(ordered, list((c) => (high - low) / deviations[c]!));
  return g.add(scaled, list((c) => (low - means[c]!) / deviations[c]!));
}

/** For each channel of a picture the value that the model sees as zero, within 0..1; channels are in the order of the picture. */
export function neutralPicture({ mean, range: [low, high], color }: Preprocess, channels: number): readonly number[] {
  const values = Array.from({ length: channels }, (_, i) => Math.min(1, Math.max(0, ((mean[mean.length === 1 ? 0 : i] ?? 0) - low) / (high - low))));
  return color === 'BGR' && channels === 3 ? values.reverse() : values;
}
