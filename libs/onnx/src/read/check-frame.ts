import { errors } from '../errors.js';
import { looksLike } from './looks-like.js';

/** Fields of ModelProto, number to name. */
const fields: Readonly<Record<number, string>> = {
  1: 'ir_version', 2: 'producer_name', 3: 'producer_version', 4: 'domain', 5: 'model_version', 6: 'doc_string', 7: 'graph', 8: 'opset_import',
  14: 'metadata_props', 20: 'training_info', 25: 'functions', 26: 'configuration',
};
/** The wire type of each: 0 for a number, 2 for bytes with a length. */
const wireOf = (field: number): number => (field === 1 || field === 5 ? 0 : 2);

/**
 * Walks the outermost fields of a model file, so that a wrong file and a cut one are told from a damaged one.
 *
 * The outermost fields are few and long: a graph cut anywhere shows here as a length that the file does not have.
 */
export function checkFrame(bytes: Uint8Array, file: string): void {
  const looks = looksLike(bytes);
  if (looks !== undefined) throw errors.notOnnx({ file, looks });
  let at = 0;
  let seen = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw errors.truncated({ file, sizeBytes: bytes.length, neededBytes: at, field: 'last field' });
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw errors.malformed({ file, reason: `a number at byte ${at} does not end` });
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const field = Math.floor(tag / 8);
    const name = fields[field];
    if (name === undefined || wireOf(field) !== tag % 8) {
      if (seen === 0) throw errors.notOnnx({ file, looks: 'does not begin like one, and like no other kind of file known here' });
      throw errors.malformed({ file, reason: `no model has a field ${field} of wire type ${tag % 8}, as found at byte ${start}` });
    }
    const value = varint();
    if (tag % 8 === 2) at += value;
    if (at > bytes.length) throw errors.truncated({ file, sizeBytes: bytes.length, neededBytes: at, field: name });
    seen++;
  }
}
