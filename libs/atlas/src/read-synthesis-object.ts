import { errors } from './errors.js';
import type { AtlasFile } from './manifest.js';
import { openParquet, parquetOf, type AtlasSource } from './parquet-file.js';
import type { PublishObject } from './publish-plan.js';
import { readTable } from './read-table.js';
import { synthesisTable, type SynthesisRow } from './synthesis.js';
import { scoreFields, type ScoreRow } from './unit-rows.js';

/** A committed file of pictures without its pictures: what the manifest says of it, and the scores. Errors: ATLAS_WRONG_ROWS, ATLAS_BAD_FILE. */
export async function readSynthesisObject(
  store: Pick<AtlasSource, 'get'>, object: PublishObject, signal: AbortSignal | undefined,
): Promise<{ readonly file: AtlasFile; readonly rows: readonly ScoreRow[] }> {
  const { key: path, bytes, sha256, rows: count, layer } = object;
  const found = await readTable(synthesisTable, await openParquet(store, path, bytes, signal), { fields: scoreFields });
  if (found.length !== count) throw errors.wrongRows({ path, rows: count, found: found.length });
  const units = found.map(({ unit }) => unit);
  return {
    rows: found.map((row) => ({ ...row, path })),
    file: {
      path, kind: 'synthesis', layer,
      ...(found[0] === undefined ? {} : { view: found[0].view, unitStart: Math.min(...units), unitEnd: Math.max(...units) + 1 }),
      rows: count, bytes, sha256,
    },
  };
}

/** A file of pictures as `writeSynthesis` wrote it, whole; `path` names it in errors. Errors: ATLAS_BAD_FILE. */
export async function readSynthesis(path: string, content: Uint8Array): Promise<readonly SynthesisRow[]> {
  return readTable(synthesisTable, await parquetOf(path, content));
}
