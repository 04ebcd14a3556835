/** An array of float32 by its shape, row-major. */
export interface Npy {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const magic = '\x93NUMPY';

/** An array as a NumPy `.npy` file (format 1.0, `<f4`). */
export function writeNpy({ shape, data }: Npy): Uint8Array {
  const list = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${list}), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11, ' ') + '\n';
  const bytes = new Uint8Array(10 + padded.length + 4 * data.length);
  for (let i = 0; i < 6; i++) bytes[i] = magic.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  view.setUint8(6, 1);
  view.setUint16(8, padded.length, true);
  for (let i = 0; i < padded.length; i++) bytes[10 + i] = padded.charCodeAt(i);
  data.forEach((value, i) => view.setFloat32(10 + padded.length + 4 * i, value, true));
  return bytes;
}

/** A `.npy` file of `<f4` or `<f8` in C order; undefined for anything else. */
export function readNpy(bytes: Uint8Array): Npy | undefined {
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== magic) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) return undefined;
  const header = String.fromCharCode(...bytes.subarray(start, start + length));
  const type = /'descr':\s*'<f([48])'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]?.split(',').map((part) => part.trim()).filter((part) => part !== '').map(Number);
  if (type === undefined || shape === undefined || !/'fortran_order':\s*False/.test(header)) return undefined;
  const size = shape.reduce((a, b) => a * b, 1);
  const width = Number(type);
  if (start + length + width * size !== bytes.length) return undefined;
  const data = Float32Array.from({ length: size }, (_, i) => (width === 4 ? view.getFloat32(start + length + 4 * i, true) : view.getFloat64(start + length + 8 * i, true)));
  return { shape, data };
}
