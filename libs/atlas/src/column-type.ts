import type { SchemaElement } from 'hyparquet';

/** How a field of a row lies in a Parquet column: its schema, what it refuses, and the way there and back. */
export interface ColumnType<T> {
  /** The schema of the column, depth first. */
  readonly elements: (name: string) => readonly SchemaElement[];
  /** What is wrong with a value, in words; nothing if it fits. */
  readonly problem: (value: unknown) => string | undefined;
  /** A value that fits, as the Parquet writer takes it. */
  readonly toParquet: (value: T) => unknown;
  /** A value as the Parquet reader gives it; the caller checks the outcome with `problem`. */
  readonly fromParquet: (value: unknown) => unknown;
  /** Min and max per row group: worth their bytes only where a reader prunes by them. */
  readonly statistics: boolean;
  /** Left to the writer (a dictionary where it pays) if absent. */
  readonly encoding?: 'PLAIN';
  readonly uncompressed?: boolean;
}

const same = (value: unknown): unknown => value;
const got = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

function leaf<T>(
  element: Omit<SchemaElement, 'name'>,
  problem: (value: unknown) => string | undefined,
  rest: Partial<ColumnType<T>> = {},
): ColumnType<T> {
  return {
    elements: (name) => [{ name, repetition_type: 'REQUIRED', ...element }],
    problem, toParquet: same, fromParquet: same, statistics: true,
    ...rest,
  };
}

const int32Problem = (value: unknown): string | undefined =>
  Number.isInteger(value) && (value as number) === ((value as number) | 0) ? undefined : `must be a whole number of 32 bits, got ${got(value)}`;
const numberProblem = (value: unknown): string | undefined => (typeof value === 'number' ? undefined : `must be a number, got ${got(value)}`);
const textProblem = (value: unknown): string | undefined => (typeof value === 'string' ? undefined : `must be a text, got ${got(value)}`);

export const int32: ColumnType<number> = leaf({ type: 'INT32' }, int32Problem, { toParquet: (value) => value | 0 });

/** Whole numbers that JavaScript holds exactly: seeds go beyond 32 bits. */
export const int53: ColumnType<number> = leaf(
  { type: 'INT64' },
  (value) => (Number.isSafeInteger(value) ? undefined : `must be a whole number below 2^53, got ${got(value)}`),
  { toParquet: (value) => BigInt(value), fromParquet: (value) => (typeof value === 'bigint' ? Number(value) : value) },
);

// PLAIN: a dictionary takes -0 for 0, and scores hardly repeat.
/** Rounded to 32 bits on the way in; NaN and infinities pass. */
export const float32: ColumnType<number> = leaf({ type: 'FLOAT' }, numberProblem, { encoding: 'PLAIN' });
export const float64: ColumnType<number> = leaf({ type: 'DOUBLE' }, numberProblem, { encoding: 'PLAIN' });

/** A short text, pruned by. */
export const word: ColumnType<string> = leaf({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, textProblem);
/** A long text: no statistics. */
export const text: ColumnType<string> = leaf({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, textProblem, { statistics: false });

/** Bytes that are compressed already. */
export const bytes: ColumnType<Uint8Array> = leaf(
  { type: 'BYTE_ARRAY' },
  (value) => (value instanceof Uint8Array ? undefined : `must be bytes, got ${got(value)}`),
  { statistics: false, encoding: 'PLAIN', uncompressed: true },
);

/** One of a fixed set of words. */
export function oneOf<const W extends string>(...words: readonly W[]): ColumnType<W> {
  return leaf(
    { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
    (value) => ((words as readonly unknown[]).includes(value) ? undefined : `must be one of ${words.join(', ')}, got ${got(value)}`),
  );
}

/** The same, or null. */
export function optional<T>(of: ColumnType<T>): ColumnType<T | null> {
  return {
    ...of,
    elements: (name) => of.elements(name).map((element, i) => (i === 0 ? { ...element, repetition_type: 'OPTIONAL' } : element)),
    problem: (value) => (value === null ? undefined : of.problem(value)),
    toParquet: (value) => (value === null ? null : of.toParquet(value)),
    fromParquet: (value) => (value === null || value === undefined ? null : of.fromParquet(value)),
  };
}

/** A list, in the three-level form that every reader knows: name.list.element. */
export function list<T>(of: ColumnType<T>): ColumnType<readonly T[]> {
  return {
    elements: (name) => [
      { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...of.elements('element'),
    ],
    problem: (value) => {
      if (!isList(value)) return `must be a list, got ${got(value)}`;
      for (let i = 0; i < value.length; i++) {
        const problem = of.problem(value[i]);
        if (problem !== undefined) return `[${i}] ${problem}`;
      }
      return undefined;
    },
    toParquet: (value) => Array.from(value, of.toParquet),
    fromParquet: (value) => (isList(value) ? Array.from(value, of.fromParquet) : value),
    statistics: false,
    ...(of.encoding === undefined ? {} : { encoding: of.encoding }),
  };
}

const isList = (value: unknown): value is ArrayLike<unknown> & Iterable<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

export type Fields<Row> = { readonly [K in keyof Row & string]: ColumnType<Row[K]> };

/** A group of named fields; `camelCase` in a row is `snake_case` in the file. */
export function struct<S extends object>(fields: Fields<S>): ColumnType<S> {
  const entries = Object.entries(fields) as [string, ColumnType<unknown>][];
  return {
    elements: (name) => [
      { name, repetition_type: 'REQUIRED', num_children: entries.length },
      ...entries.flatMap(([field, type]) => type.elements(columnName(field))),
    ],
    problem: (value) => {
      if (typeof value !== 'object' || value === null) return `must be a struct, got ${got(value)}`;
      for (const [field, type] of entries) {
        const problem = type.problem((value as Record<string, unknown>)[field]);
        if (problem !== undefined) return `.${field} ${problem}`;
      }
      return undefined;
    },
    toParquet: (value) => Object.fromEntries(entries.map(([field, type]) => [columnName(field), type.toParquet((value as Record<string, unknown>)[field])])),
    fromParquet: (value) => (typeof value === 'object' && value !== null
      ? Object.fromEntries(entries.map(([field, type]) => [field, type.fromParquet((value as Record<string, unknown>)[columnName(field)])]))
      : value),
    statistics: false,
  };
}

/** `scoreStart` → `score_start`. */
export function columnName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
