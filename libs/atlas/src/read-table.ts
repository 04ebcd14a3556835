import { parquetReadObjects } from 'hyparquet';
import { errors } from './errors.js';
import { readable, type ParquetFile } from './parquet-file.js';
import type { Table } from './table.js';

export interface RowRange {
  /** Row number in the file, from 0. */
  readonly start: number;
  readonly end: number;
}

/**
 * Rows of a file, or some fields of them, by ranges: no page is fetched that has none of it.
 *
 * Errors: ATLAS_BAD_FILE where bytes, schema or values are not those of the table; the source's own.
 */
export async function readTable<Row extends object, F extends keyof Row & string = keyof Row & string>(
  table: Table<Row>,
  file: ParquetFile,
  options: { readonly fields?: readonly F[]; readonly rows?: RowRange } = {},
): Promise<readonly Pick<Row, F>[]> {
  const columns = table.columns.filter(({ field }) => options.fields?.includes(field as F) ?? true);
  checkSchema(table, file);
  const has = new Set(file.metadata.schema.map(({ name }) => name));
  const count = Number(file.metadata.num_rows);
  const { start, end } = options.rows ?? { start: 0, end: count };
  const found = await readable(file.path, () => parquetReadObjects({
    file: file.buffer, metadata: file.metadata, columns: columns.map(({ name }) => name).filter((name) => has.has(name)),
    rowStart: start, rowEnd: end, utf8: false, useOffsetIndex: true,
  }));
  if (found.length !== end - start) throw errors.badFile({ path: file.path, problem: `it has ${found.length} of the rows ${start} to ${end}` });
  return found.map((raw, index) => {
    const row: Record<string, unknown> = {};
    for (const { field, name, type } of columns) {
      const value = type.fromParquet(raw[name] as unknown);
      const problem = type.problem(value);
      if (problem !== undefined) throw errors.badFile({ path: file.path, problem: `row ${start + index}: ${name} ${problem}` });
      row[field] = value;
    }
    return row as Pick<Row, F>;
  });
}

function checkSchema<Row>(table: Table<Row>, file: ParquetFile): void {
  const has = new Map(file.metadata.schema.map((element) => [element.name, element]));
  for (const { name, type } of table.columns) {
    const want = type.elements(name)[0];
    const found = has.get(name);
    // A column that a newer program added: null in what an older one wrote.
    if (found === undefined && type.elements(name)[0]?.repetition_type === 'OPTIONAL') continue;
    if (found === undefined) throw errors.badFile({ path: file.path, problem: `it has no column ${name}, which a ${table.name} table has` });
    if (found.type !== want?.type) throw errors.badFile({ path: file.path, problem: `column ${name} is ${found.type ?? 'a group'}, a ${table.name} table has ${want?.type ?? 'a group'}` });
  }
}
