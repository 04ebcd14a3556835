/** Files that people give by mistake, by how they begin; `at` is the offset of the mark. */
const marks: readonly { readonly at?: number; readonly mark: string | readonly number[]; readonly looks: string }[] = [
  { mark: [0xff, 0xd8, 0xff], looks: 'looks like a JPEG picture' },
  { mark: [0x89, 0x50, 0x4e, 0x47], looks: 'looks like a PNG picture' },
  { mark: 'GIF8', looks: 'looks like a GIF picture' },
  { mark: 'RIFF', looks: 'looks like a RIFF file (WebP picture or sound)' },
  { mark: 'version https://git-lfs', looks: 'is a git-lfs pointer; the model itself was not fetched' },
  { mark: [0x50, 0x4b, 0x03, 0x04], looks: 'looks like a zip archive (PyTorch .pt and Keras .keras files are zip archives)' },
  { mark: [0x1f, 0x8b], looks: 'looks like a gzip archive' },
  { mark: [0x28, 0xb5, 0x2f, 0xfd], looks: 'looks like a zstd archive' },
  { at: 257, mark: 'ustar', looks: 'looks like a tar archive' },
  { mark: [0x89, 0x48, 0x44, 0x46], looks: 'looks like an HDF5 file (Keras .h5)' },
  { mark: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], looks: 'looks like a NumPy array' },
  { at: 4, mark: 'TFL3', looks: 'looks like a TensorFlow Lite model' },
  { at: 4, mark: 'ORTM', looks: 'looks like an ORT-format model' },
  { at: 8, mark: '{"', looks: 'looks like a safetensors file' },
  { mark: 'PAR1', looks: 'looks like a Parquet file' },
  { mark: '%PDF', looks: 'looks like a PDF document' },
  { mark: [0x7f, 0x45, 0x4c, 0x46], looks: 'looks like an ELF program' },
  { mark: 'MZ', looks: 'looks like a Windows program' },
];

/** What a file seems to be if it is plainly not ONNX, as the end of a sentence; undefined when it may be. */
export function looksLike(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'is empty';
  for (const { at = 0, mark, looks } of marks) {
    const codes = typeof mark === 'string' ? Array.from(mark, (letter) => letter.charCodeAt(0)) : mark;
    if (codes.every((code, i) => bytes[at + i] === code)) return looks;
  }
  // torch.save before 1.6 wrote a bare pickle: protocol 2 to 5, after 0x80.
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) return 'looks like a Python pickle (an old PyTorch file)';
  const head = bytes.subarray(0, 512);
  if (head.every((byte) => byte === 0)) return 'holds only zeros';
  if (head.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))) {
    const text = String.fromCharCode(...head).trimStart().toLowerCase();
    if (text.startsWith('<!doctype html') || text.startsWith('<html') || text.startsWith('<head')) return 'looks like a web page (HTML)';
    if (text.startsWith('<?xml')) return 'looks like XML';
    if (text.startsWith('{') || text.startsWith('[')) return 'looks like JSON';
    return 'looks like plain text';
  }
  return undefined;
}
