import type { Dim } from '../graph.js';

const ofPictures = new Set<Dim>([1, 3, 4]);

/** Whether a picture's declared shape is [N, H, W, C], as TensorFlow has it; the other order where both could be meant. */
export const isChannelsLast = (shape: readonly Dim[]): boolean => shape.length === 4 && ofPictures.has(shape[3]!) && !ofPictures.has(shape[1]!);
