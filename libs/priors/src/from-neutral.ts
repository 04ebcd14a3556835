import { type GraphBuilder, tensor, type Value } from '@neuron-atlas/onnx';

/** image − neutral, a value for each channel. */
export const fromNeutral = (g: GraphBuilder, image: Value, neutral: (channel: number) => number): Value =>
  g.sub(image, perChannel(g, image.shape[1]!, neutral));

/** f32[1, C, 1, 1] */
export const perChannel = (g: GraphBuilder, channels: number, value: (channel: number) => number): Value =>
  g.constant(tensor('f32', [1, channels, 1, 1], Float32Array.from({ length: channels }, (_, channel) => value(channel))));
