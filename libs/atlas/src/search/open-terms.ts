import { errors } from '../errors.js';
import { array, count, object, string } from '../json-shape.js';
import { parseJson, type AtlasFile, type AtlasManifest } from '../manifest.js';
import { openParquet, type AtlasSource, type ParquetFile } from '../parquet-file.js';
import { readTable } from '../read-table.js';
import { termTable, type TermRow } from './terms.js';
import { compareTerms, wordsOf } from './words-of.js';

/** `terms.json`: the files of the terms table with the first and the last term of each, so that a search reads one or two of them. */
export interface TermFiles {
  readonly version: 1;
  readonly files: readonly { readonly path: string; readonly rows: number; readonly bytes: number; readonly first: string; readonly last: string }[];
}

export const termsPath = 'terms.json';

/** The term files of a manifest; none where it has none. */
export function termFiles({ files }: Pick<AtlasManifest, 'files'>): TermFiles | undefined {
  const own = files.filter((file): file is AtlasFile & { readonly first: string; readonly last: string } => file.kind === 'terms' && file.first !== undefined && file.last !== undefined);
  return own.length === 0 ? undefined : { version: 1, files: own.map(({ path, rows, bytes, first, last }) => ({ path, rows, bytes, first, last })) };
}

/** A unit that a search found. */
export interface FoundUnit {
  readonly layer: string;
  readonly unit: number;
  /** Of its top exemplars, those that have the word of the query that fewest have; and the rank of the best. */
  readonly hits: number;
  readonly rank: number;
}

export interface TermReader {
  /**
   * Rows whose term begins with `prefix`, in the order of the table, the first `limit` of them: those of the prefix itself come
   * first, and of these the units with most hits. Reads only row groups that may have some.
   */
  find(prefix: string, limit?: number, signal?: AbortSignal): Promise<readonly TermRow[]>;
  /** The units that have every word of a query, its last word as a beginning, best first. */
  search(query: string, limit?: number, signal?: AbortSignal): Promise<readonly FoundUnit[]>;
}

/**
 * Opens the text search of an atlas whose `dataset.terms` is above 0, when the first query comes: nothing else reads these files.
 *
 * One request for `terms.json` (150 bytes for each 131,072 rows), then for a word two for each file that may have it: its footer, which
 * is kept, and the row groups. Errors: ATLAS_BAD_FILE, and the source's own.
 */
export async function openTerms(source: Pick<AtlasSource, 'get'>, signal?: AbortSignal): Promise<TermReader> {
  const document = parseJson(await source.get(termsPath, undefined, signal), (problem) => errors.badFile({ path: termsPath, problem }));
  const wrong = object({ version: count, files: array(object({ path: string, rows: count, bytes: count, first: string, last: string })) })(document, '');
  if (wrong !== undefined) throw errors.badFile({ path: termsPath, problem: `${wrong.field} ${wrong.problem}` });
  const { files } = document as TermFiles;
  const opened = new Map<string, Promise<ParquetFile>>();
  const open = (path: string, bytes: number): Promise<ParquetFile> => {
    const known = opened.get(path) ?? openParquet(source, path, bytes);
    opened.set(path, known);
    known.catch(() => opened.delete(path));
    return known;
  };

  const find = async (prefix: string, limit: number, whole: boolean, stop: AbortSignal | undefined): Promise<readonly TermRow[]> => {
    const fits = (term: string): boolean => (whole ? term === prefix : term.startsWith(prefix));
    const mayFit = (first: string, last: string): boolean => compareTerms(last, prefix) >= 0 && (compareTerms(first, prefix) <= 0 || fits(first));
    const rows: TermRow[] = [];
    for (const { path, bytes, first, last } of files) {
      if (!mayFit(first, last)) continue;
      const file = await open(path, bytes);
      let start = 0;
      for (const group of file.metadata.row_groups) {
        const end = start + Number(group.num_rows);
        const { min_value: min, max_value: max } = group.columns.find(({ meta_data: chunk }) => chunk?.path_in_schema[0] === 'term')?.meta_data?.statistics ?? {};
        if (typeof min !== 'string' || typeof max !== 'string' || mayFit(min, max)) {
          stop?.throwIfAborted();
          rows.push(...(await readTable(termTable, file, { rows: { start, end } })).filter(({ term }) => fits(term)));
          if (rows.length >= limit) return rows.slice(0, limit);
        }
        start = end;
      }
    }
    return rows;
  };

  return {
    find: (prefix, limit = 1000, stop) => find(prefix, limit, false, stop),
    async search(query, limit = 200, stop) {
      const words = wordsOf(query);
      if (words.length === 0) return [];
      // A word that half the units have is worth no more rows than this; what is dropped has fewest hits.
      const most = 20_000;
      let found: Map<string, FoundUnit> | undefined;
      for (const [i, word] of words.entries()) {
        const units = byUnit(await find(word, most, i < words.length - 1, stop));
        found = found === undefined ? units : both(found, units);
      }
      return [...found!.values()].sort((a, b) => b.hits - a.hits || a.rank - b.rank).slice(0, limit);
    },
  };
}

function byUnit(rows: readonly TermRow[]): Map<string, FoundUnit> {
  const units = new Map<string, FoundUnit>();
  for (const { layer, unit, hits, rank } of rows) {
    const key = JSON.stringify([layer, unit]);
    const known = units.get(key);
    units.set(key, { layer, unit, hits: Math.max(hits, known?.hits ?? 0), rank: Math.min(rank, known?.rank ?? rank) });
  }
  return units;
}

function both(a: ReadonlyMap<string, FoundUnit>, b: ReadonlyMap<string, FoundUnit>): Map<string, FoundUnit> {
  const units = new Map<string, FoundUnit>();
  for (const [key, one] of a) {
    const other = b.get(key);
    if (other !== undefined) units.set(key, { ...one, hits: Math.min(one.hits, other.hits), rank: Math.max(one.rank, other.rank) });
  }
  return units;
}
