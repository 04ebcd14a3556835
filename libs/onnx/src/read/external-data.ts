import { errors } from '../errors.js';
import type { FileRange } from '../tensor-source.js';

/**
 * Gives the bytes of a file beside the model, or says where they are to be read when somebody wants them; `length` undefined
 * means to the end of the file.
 *
 * What it throws comes out as ONNX_EXTERNAL_MISSING with the tensor and the file; `tensor` is for its own catalogued errors.
 */
export type ExternalData = (location: string, offset: number, length: number | undefined, tensor: string) => Uint8Array | ReadableRange;

/** Bytes that stay in their file. */
export interface ReadableRange extends FileRange {
  readonly read: () => Uint8Array;
}

/** The location if it names a file in the model's folder or below it; an error for one that leads anywhere else. */
export function checkLocation(tensor: string, location: string): string {
  const parts = location.split(/[/\\]/);
  const leaves = location === '' || location.includes('\0') || parts[0] === '' || /^[A-Za-z]:/.test(location) || parts.includes('..');
  if (leaves) throw errors.externalEscapes({ tensor, location });
  return location;
}
