import { int32, word } from '../column-type.js';
import { defineTable } from '../table.js';
import { writeTable } from '../write-table.js';

/** A unit of whose top exemplars some are called by a term. */
export interface TermRow {
  /** A word of a label or a name, or a whole label: lower case, without accents. */
  readonly term: string;
  readonly layer: string;
  readonly unit: number;
  /** How many of the unit's top exemplars have the term, and the rank of the best of them. */
  readonly hits: number;
  readonly rank: number;
}

export const termTable = defineTable<TermRow>('terms', 2048, { term: word, layer: word, unit: int32, hits: int32, rank: int32 });

/** Rows of one file: its footer, which a search reads first, stays within a request. */
export const termFileRows = 131_072;

/** `terms/*.parquet`: by term, hits falling, rank, layer in the model's order, unit. Errors: ATLAS_BAD_ROW. */
export const writeTerms = (rows: readonly TermRow[]): Uint8Array => writeTable(termTable, rows);

/** The rows of a whole table in parts of one file, with the terms at its ends and how many begin in it. */
export function* termFileParts(rows: Iterable<TermRow>): Generator<{ readonly rows: readonly TermRow[]; readonly first: string; readonly last: string; readonly begun: number }, void, undefined> {
  let [part, begun, before]: [TermRow[], number, string | undefined] = [[], 0, undefined];
  for (const row of rows) {
    part.push(row);
    if (row.term !== before) begun++;
    before = row.term;
    if (part.length < termFileRows) continue;
    yield { rows: part, first: part[0]!.term, last: row.term, begun };
    [part, begun] = [[], 0];
  }
  if (part.length > 0) yield { rows: part, first: part[0]!.term, last: part.at(-1)!.term, begun };
}
