import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openStore } from '@neuron-atlas/blobs';
import type { Cluster } from './cluster.js';

/** sha256 of every object below a place, by its key; but for checkpoints, which depend on who was told to stop when. */
export async function hashesOf(url: string, endpoint: string): Promise<Readonly<Record<string, string>>> {
  const store = await openStore(url, { endpoint });
  const found: Record<string, string> = {};
  for await (const key of store.list('')) if (!key.startsWith('checkpoints/')) found[key] = createHash('sha256').update(await store.get(key)).digest('hex');
  return found;
}

export interface ManifestRow { readonly key: string; readonly sha256: string; readonly bytes: string; readonly seq: number; readonly state: string; readonly kind: string }

/** The committed objects of a sweep, with the state of the shard that each is of. */
export const committed = (cluster: Cluster, sweep: string): Promise<readonly ManifestRow[]> => cluster.query<ManifestRow>(
  'SELECT o.key, o.sha256, o.bytes::text, o.seq, s.state, o.kind FROM object o JOIN shard s USING (sweep_id, seq) WHERE o.sweep_id = $1 ORDER BY o.key', [sweep]);

/** How often each unit stands in the committed pictures, as DuckDB reads them: `layer/unit` → rows. */
export async function unitRows(url: string, endpoint: string, rows: readonly ManifestRow[], folder: string): Promise<ReadonlyMap<string, number>> {
  const store = await openStore(url, { endpoint });
  const files: string[] = [];
  for (const { key } of rows.filter(({ kind }) => kind === 'synthesis')) {
    const file = join(folder, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, await store.get(key));
    files.push(file);
  }
  const duck = await (await DuckDBInstance.create()).connect();
  const list = files.map((file) => `'${file.replaceAll(`'`, `''`)}'`).join(', ');
  const counted = await duck.runAndReadAll(`SELECT layer || '/' || unit AS name, count(*)::integer AS times FROM read_parquet([${list}]) GROUP BY ALL`);
  return new Map(counted.getRowObjectsJS().map(({ name, times }) => [name as string, times as number]));
}
