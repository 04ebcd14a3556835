import { sizeOf, type Tensor } from '../tensor.js';
import { bytesOf } from '../write/write-tensor.js';
import { floatText } from './float-text.js';

/** Up to this many elements are written out. */
const limitElements = 8;

/** `i64[2] = [1, 256]`, or by hash when it is large: `f32[64, 3, 3, 3] #5d2f1c0a`. */
export function tensorText(value: Tensor): string {
  const type = `${value.dtype}[${value.shape.join(', ')}]`;
  if (value.source?.kind === 'nodes') return `${type} computed`;
  if (sizeOf(value.shape) > limitElements) return `${type} #${hash(value)}`;
  const float = value.dtype === 'f32' || value.dtype === 'f64';
  const elements = Array.from(value.data as ArrayLike<number | bigint | string>, (element) =>
    (typeof element === 'string' ? JSON.stringify(element) : float ? floatText(element as number) : String(element)));
  return `${type} = ${value.shape.length === 0 ? elements.join() : `[${elements.join(', ')}]`}`;
}

/** FNV-1a of the bytes, 32 bits: enough to see that a constant changed, and the same in every browser. */
function hash(value: Tensor): string {
  const bytes = value.dtype === 'string' ? new TextEncoder().encode(JSON.stringify(value.data)) : bytesOf(value);
  let state = 0x811c9dc5;
  for (const byte of bytes) state = Math.imul(state ^ byte, 0x01000193);
  return (state >>> 0).toString(16).padStart(8, '0');
}
