import { sizeOf, tensor, type Tensor } from '@neuron-atlas/onnx';
import { errors } from './errors.js';

export interface Checkpoint {
  readonly step: number;
  /** f32 tensors by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Whatever else must be known to go on, as JSON. @default null */
  readonly notes?: unknown;
}

const magic = 'NATRAIN1';

/**
 * A checkpoint as bytes: magic, length of the header (u32), header (JSON: step, notes, names, shapes), then the tensors in that order.
 *
 * All numbers little-endian; the same state gives the same bytes.
 */
export function packCheckpoint({ step, tensors, notes = null }: Checkpoint): Uint8Array {
  const header = new TextEncoder().encode(JSON.stringify({ step, notes, tensors: [...tensors].map(([name, { shape }]) => ({ name, shape })) }));
  const elements = [...tensors.values()].reduce((total, { shape }) => total + sizeOf(shape), 0);
  const start = magic.length + 4 + header.length;
  const bytes = new Uint8Array(start + 4 * elements);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(magic));
  view.setUint32(magic.length, header.length, true);
  bytes.set(header, magic.length + 4);
  let at = start;
  for (const { data } of tensors.values()) {
    for (const value of data as Float32Array) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** The checkpoint in bytes; TRAINING_CHECKPOINT_MALFORMED for any others. */
export function unpackCheckpoint(bytes: Uint8Array): Checkpoint {
  const malformed = (reason: string): Error => errors.checkpointMalformed({ reason });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = magic.length + 4;
  if (bytes.length < start || new TextDecoder().decode(bytes.subarray(0, magic.length)) !== magic) throw malformed(`it does not begin with ${magic}`);
  const end = start + view.getUint32(magic.length, true);
  if (end > bytes.length) throw malformed('it ends within its header');
  const header = readHeader(new TextDecoder().decode(bytes.subarray(start, end)));
  if (header === undefined) throw malformed('its header cannot be read');
  const tensors = new Map<string, Tensor>();
  let at = end;
  for (const { name, shape } of header.tensors) {
    const size = sizeOf(shape);
    if (at + 4 * size > bytes.length) throw malformed(`it ends within ${name}`);
    const from = at;
    tensors.set(name, tensor('f32', shape, Float32Array.from({ length: size }, (_, i) => view.getFloat32(from + 4 * i, true))));
    at += 4 * size;
  }
  if (at !== bytes.length) throw malformed(`${bytes.length - at} bytes follow its last tensor`);
  return { step: header.step, tensors, notes: header.notes ?? null };
}

interface Header { readonly step: number; readonly notes?: unknown; readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[] }

/** The header, if it is one; undefined for anything else. */
function readHeader(text: string): Header | undefined {
  let found: Partial<Header>;
  try {
    found = JSON.parse(text) as Partial<Header>;
  } catch {
    return undefined; // the caller says so, with the code
  }
  const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const sound = whole(found?.step) && Array.isArray(found.tensors)
    && found.tensors.every((entry) => typeof entry?.name === 'string' && Array.isArray(entry.shape) && entry.shape.every(whole));
  return sound ? found as Header : undefined;
}
