import { parquetWriteBuffer } from 'hyparquet-writer';

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
