import { Header, Pax } from 'tar';

/** A file of a tar: name and content. */
export type TarFile = readonly [name: string, content: Uint8Array | string];

/** A tar of these files; long names in the form of POSIX, with `gnu` in that of GNU. */
export function tarOf(files: readonly TarFile[], form: 'pax' | 'gnu' = 'pax'): Uint8Array {
  const blocks: Buffer[] = [];
  const add = (header: Buffer, content: Uint8Array): void => { blocks.push(header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)); };
  const headerOf = (path: string, size: number, type: 'File' | 'NextFileHasLongPath'): { readonly block: Buffer; readonly short: boolean } => {
    const header = new Header({ path, size, mode: 0o644, type, mtime: new Date(0) });
    const block = Buffer.alloc(512);
    return { short: !header.encode(block, 0), block };
  };
  for (const [name, written] of files) {
    const content = typeof written === 'string' ? Buffer.from(written) : written;
    const { block, short } = headerOf(name, content.length, 'File');
    if (!short && form === 'pax') blocks.push(new Pax({ path: name, size: content.length }).encode());
    if (!short && form === 'gnu') add(headerOf('././@LongLink', Buffer.byteLength(name) + 1, 'NextFileHasLongPath').block, Buffer.from(`${name}\0`));
    add(block, content);
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
