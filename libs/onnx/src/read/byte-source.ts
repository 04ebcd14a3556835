/** The bytes of a file, one at a time: in memory, or read where they are asked for. */
export interface ByteSource {
  readonly length: number;
  /** Undefined beyond the end. */
  readonly byte: (at: number) => number | undefined;
}

export const inMemory = (bytes: Uint8Array): ByteSource => ({ length: bytes.length, byte: (at) => bytes[at] });
