import type { ByteSource } from './byte-source.js';

/** From `start` to before `end`, in bytes. */
export interface ByteRange { readonly start: number; readonly end: number }

export interface MessageField extends ByteRange { readonly number: number }

/**
 * The fields of a protocol-buffers message, without their content: tags and lengths are all that is read.
 *
 * Ends early where the bytes are no message; whoever decodes it says so.
 */
export function* messageFields(source: ByteSource, { start, end }: ByteRange): Generator<MessageField, void, undefined> {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = at < end ? source.byte(at++) : undefined;
      if (byte === undefined) return Number.NaN;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < end) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (number === 0) return; // no field has it: zeros, as a hole in a file gives them
    let from = at;
    switch (tag % 8) {
      case 0: varint(); break;
      case 1: at += 8; break;
      case 2: { const length = varint(); from = at; at += length; break; }
      case 5: at += 4; break;
      default: return;
    }
    if (!(at <= end)) return;
    yield { number, start: from, end: at };
  }
}
