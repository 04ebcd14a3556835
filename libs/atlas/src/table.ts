import { columnName, type ColumnType, type Fields } from './column-type.js';

/** A kind of Parquet file: its name and its columns, in the order in which they lie in the file. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  /** Rows per row group: what a reader of one row fetches at least, in row numbers. */
  readonly rowGroupRows: number;
}

export interface Column<Row> {
  readonly field: keyof Row & string;
  /** The field's name in the file. */
  readonly name: string;
  readonly type: ColumnType<unknown>;
}

export function defineTable<Row>(name: string, rowGroupRows: number, fields: Fields<Row>): Table<Row> {
  const columns = (Object.entries(fields) as [keyof Row & string, ColumnType<unknown>][])
    .map(([field, type]) => ({ field, name: columnName(field), type }));
  return { name, columns, rowGroupRows };
}
