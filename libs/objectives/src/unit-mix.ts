import type { Param } from '@neuron-atlas/plugins';
import { errors } from './errors.js';

/** Channels with weights, as text: `12`, `12:0.5, 40:-1`. */
const pattern = /^\s*(\d{1,9})\s*(?::\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?))?\s*$/;

export const mix = (value: string, doc: string): Param<string> => ({
  default: value,
  doc: `${doc} Channels with weights, such as "12, 40:-0.5"; without a weight it is 1.`,
  check: (text) => text === '' || text.split(',').every((part) => pattern.test(part)),
});

/** The text as f32[channels]; OBJECTIVES_NO_SUCH_CHANNEL for one that the layer does not have. */
export function weightsOf(objective: string, text: string, channels: number, tensor: string): Float32Array {
  const weights = new Float32Array(channels);
  for (const part of text === '' ? [] : text.split(',')) {
    const [, channel, weight] = pattern.exec(part)!;
    if (Number(channel) >= channels) throw errors.noSuchChannel({ objective, channel: Number(channel), channels, tensor });
    weights[Number(channel)]! += weight === undefined ? 1 : Number(weight);
  }
  return weights;
}
