import { errors } from '../errors.js';
import { permutation, type DrawsFor } from './draws.js';

/** Which pictures are learned from, which are watched during the training, and which are asked about at its end only. */
export interface Split {
  readonly training: readonly number[];
  readonly validation: readonly number[];
  readonly heldOut: readonly number[];
}

/** Draws the three parts; TRAINING_TOO_FEW_PICTURES where less than half would be left to learn from. */
export function splitPictures(count: number, { validation, heldOut }: { readonly validation: number; readonly heldOut: number }, draws: DrawsFor): Split {
  if (count < 2 * (validation + heldOut) || count < 4) throw errors.tooFewPictures({ count, validation, heldOut });
  const order = [...permutation(count, draws('split'))];
  return { heldOut: order.slice(0, heldOut), validation: order.slice(heldOut, heldOut + validation), training: order.slice(heldOut + validation).sort((a, b) => a - b) };
}
