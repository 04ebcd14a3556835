import type { Preprocess } from './spec.js';

/** Channels of a picture by the order of its colours; undefined for bands, of which a model may take any number. */
export function colourChannels(color: Preprocess['color']): 1 | 3 | undefined {
  return color === 'bands' ? undefined : color === 'L' ? 1 : 3;
}
