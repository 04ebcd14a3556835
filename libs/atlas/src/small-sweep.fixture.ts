import { layerPath } from './layer-path.js';
import type { AtlasSource } from './parquet-file.js';
import type { PublishObject, PublishPlan } from './publish-plan.js';
import { webSha256 } from './sha256.js';
import { writeSynthesis, type SynthesisRow } from './synthesis.js';

/** A store in memory that remembers what was asked of it. */
export interface MemoryStore extends AtlasSource {
  readonly objects: Map<string, Uint8Array>;
  /** Every get, as `key` or `key start-end`. */
  readonly gets: string[];
  readonly puts: string[];
  put(key: string, data: Uint8Array): Promise<'written'>;
  delete(key: string): Promise<void>;
}

export function memoryStore(): MemoryStore {
  const objects = new Map<string, Uint8Array>();
  const gets: string[] = [];
  const puts: string[] = [];
  return {
    objects, gets, puts,
    get: async (key, range) => {
      gets.push(range === undefined ? key : `${key} ${range.start}-${range.end}`);
      const data = objects.get(key);
      if (data === undefined) throw Object.assign(new Error(`no ${key}`), { code: 'STORE_NOT_FOUND' });
      return range === undefined ? data : data.slice(range.start, range.end);
    },
    stat: async (key) => {
      const data = objects.get(key);
      return data === undefined ? undefined : { bytes: data.length };
    },
    put: async (key, data) => {
      puts.push(key);
      objects.set(key, data);
      return 'written';
    },
    delete: async (key) => { objects.delete(key); },
  };
}

export const smallPlan: PublishPlan = {
  spec: {
    model: { path: '../somewhere/net.onnx', preprocess: { std: [1, 1, 1], mean: [0, 0, 0] } },
    views: { synthesis: [{ prior: 'fourier', objective: 'channel', seeds: [0, 7] }, { prior: 'pixels', objective: 'channel', seeds: [0] }] },
    output: '/somewhere/out',
  },
  modelSha256: 'a'.repeat(64), modelName: 'net', modelBytes: 1234,
  layers: [
    { id: '/conv1/Conv', tensor: 'c1', op: 'Conv', site: 'pre', units: 40, shape: [1, 40, 8, 8], selected: [[0, 40]], megaMacs: 1.5, field: { kind: 'window', size: [3, 3], stride: [1, 2], offset: [-1, -0.5] } },
    { id: 'fc', tensor: 'f', op: 'Gemm', site: 'pre', units: 10, shape: [1, 10], selected: [[0, 3], [8, 10]], megaMacs: 0.1, field: { kind: 'whole' } },
    { id: 'odd', tensor: 'o', op: 'Odd', site: 'post', units: 4, shape: [], selected: [[0, 4]], megaMacs: 0, blocked: { code: 'AUTODIFF_NO_RULE', message: 'no rule for Odd' } },
  ],
};

/** The row of a picture that went well: its score tells unit, view and seed. */
export function pictureRow(layer: string, unit: number, view: number, seed: number, image: Uint8Array): SynthesisRow {
  const { prior, objective } = smallPlan.spec.views.synthesis[view]!;
  return {
    layer, unit, view, prior, priorVersion: 1, objective, objectiveVersion: 2, seed, steps: 4, scoreStart: 0.25, score: 1 + unit + view / 4 + seed / 64,
    scoreTrace: [0.25, 0.5, 1], imageFormat: 'png', width: 8, height: 8, health: [], reason: '', provenance: JSON.stringify({ unit, view, seed }), image,
  };
}

export interface Shard { readonly layer: string; readonly unitStart: number; readonly unitEnd: number; readonly view: number }

/** The shards of the plan, none larger than 24 units. */
export const smallShards: readonly Shard[] = smallPlan.spec.views.synthesis.flatMap((_, view) => smallPlan.layers
  .filter(({ blocked }) => blocked === undefined)
  .flatMap(({ id, selected }) => selected.flatMap(([start, end]) => Array.from({ length: Math.ceil((end - start) / 24) },
    (_part, i) => ({ layer: id, unitStart: start + i * 24, unitEnd: Math.min(end, start + (i + 1) * 24), view })))));

/** Does shards: their pictures as objects in the store. `change` may alter, drop or double a row. */
export async function sweep(
  store: MemoryStore,
  image: (layer: string, unit: number) => Uint8Array | Promise<Uint8Array>,
  shards: readonly Shard[] = smallShards,
  change: (row: SynthesisRow) => readonly SynthesisRow[] = (row) => [row],
): Promise<readonly PublishObject[]> {
  const objects: PublishObject[] = [];
  for (const { layer, unitStart, unitEnd, view } of shards) {
    const rows: SynthesisRow[] = [];
    for (let unit = unitStart; unit < unitEnd; unit++) {
      for (const seed of smallPlan.spec.views.synthesis[view]!.seeds) rows.push(...change(pictureRow(layer, unit, view, seed, await image(layer, unit))));
    }
    const data = writeSynthesis(rows);
    const sha256 = await webSha256(data);
    const key = `synthesis/${layerPath(layer)}/${view}-${unitStart}-${unitEnd}-${sha256.slice(0, 8)}.parquet`;
    store.objects.set(key, data);
    objects.push({ key, bytes: data.length, sha256, rows: rows.length, kind: 'synthesis', layer });
  }
  return objects;
}

/** Bytes that stand for a picture of 20 kB, different for every unit. */
export function noise(layer: string, unit: number): Uint8Array {
  let state = unit * 2_654_435_761 + layer.length + 1;
  return Uint8Array.from({ length: 20_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
