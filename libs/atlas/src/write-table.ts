import type { SchemaElement } from 'hyparquet';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { errors } from './errors.js';
import type { Table } from './table.js';

// Pages of 8 kB: a picture of 128 px is larger, so it gets a page of its own, and the offset index leads straight to it.
const pageBytes = 8192;

/**
 * Rows as a Parquet file, Snappy but for what is compressed already; the same rows give the same bytes.
 *
 * A value that does not fit its column is ATLAS_BAD_ROW.
 */
export function writeTable<Row extends object>(table: Table<Row>, rows: readonly Row[]): Uint8Array {
  const schema: SchemaElement[] = [
    { name: 'schema', num_children: table.columns.length },
    ...table.columns.flatMap(({ name, type }) => type.elements(name)),
  ];
  const columnData = table.columns.map(({ field, name, type }) => ({
    name,
    data: rows.map((row, index) => {
      const value: unknown = row[field];
      const problem = type.problem(value);
      if (problem !== undefined) throw errors.badRow({ table: table.name, row: index, field, problem });
      return type.toParquet(value);
    }),
    statistics: type.statistics,
    ...(type.encoding === undefined ? {} : { encoding: type.encoding }),
    ...(type.uncompressed === true ? { codec: 'UNCOMPRESSED' as const } : {}),
  }));
  const writer = new ByteWriter();
  // With a ByteWriter nothing waits: the promise of the type is for writers that flush to somewhere.
  void parquetWrite({
    writer, schema, columnData,
    rowGroupSize: table.rowGroupRows,
    pageSize: pageBytes,
    createdBy: 'neuron-atlas',
    kvMetadata: [{ key: 'neuron-atlas.table', value: table.name }, { key: 'neuron-atlas.version', value: '1' }],
  });
  return new Uint8Array(writer.getBuffer());
}
