import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openStore } from '@neuron-atlas/blobs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { Header, Pax } from 'tar';
import type { Dataset } from './dataset.js';
import type { DatasetOptions } from './dataset-format.js';
import { indexDataset, openDataset } from './dataset-index.js';
import { locateDataset } from './locate-dataset.js';

export const digest = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

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

/** Parquet as Hugging Face writes it: `image` is a group of bytes and path, `label` a number with names beside the schema. */
export function parquetOf(pictures: readonly (Uint8Array | null)[], options: { readonly labels?: readonly number[]; readonly names?: readonly string[]; readonly rowGroup?: number; readonly column?: string; readonly paths?: readonly string[] } = {}): Uint8Array {
  const { labels, names, rowGroup = 4, column = 'image', paths } = options;
  return new Uint8Array(parquetWriteBuffer({
    rowGroupSize: rowGroup,
    schema: [
      { name: 'root', num_children: labels === undefined ? 1 : 2 },
      { name: column, repetition_type: 'OPTIONAL', num_children: 2 },
      { name: 'bytes', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY' },
      { name: 'path', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      ...(labels === undefined ? [] : [{ name: 'label', repetition_type: 'OPTIONAL' as const, type: 'INT64' as const }]),
    ],
    columnData: [
      { name: column, data: pictures.map((bytes, i) => (bytes === null && paths === undefined ? null : { bytes, path: paths?.[i] ?? null })) },
      ...(labels === undefined ? [] : [{ name: 'label', data: labels.map(BigInt) }]),
    ],
    ...(names === undefined ? {} : { kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features: { label: { names, _type: 'ClassLabel' } } } }) }] }),
  }));
}

export async function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** Lists a data set into `output` and opens it by its list, as a sweep and its agents do. */
export async function listAndOpen(path: string, output: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { folder, files } = await locateDataset(path, (url) => openStore(url));
  const [source, out] = [await openStore(folder), await openStore(output)];
  return openDataset(source, out, await indexDataset(source, out, { ...options, files }, digest), digest);
}

export interface Read { readonly id: string; readonly label: string | undefined; readonly content: string }

/** Ids, labels and contents of a range; of a sample that cannot be read its code. */
export async function readAll(dataset: Dataset, start = 0, end = dataset.samples): Promise<readonly Read[]> {
  const found: Read[] = [];
  for await (const sample of dataset.range(start, end)) {
    const content = await sample.read().then((data) => Buffer.from(data).toString('latin1'), (error: unknown) => (error as { readonly code: string }).code);
    found.push({ id: sample.id, content, label: await sample.label().catch(() => undefined) });
  }
  return found;
}
