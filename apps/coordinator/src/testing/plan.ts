import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';

/** A plan with one shard for each layer (64 units in batches of 64), and `publish`. */
export function planOf({ name = 'test', layers = 3 }: { readonly name?: string; readonly layers?: number } = {}): SweepPlan {
  return {
    version: 1,
    spec: {
      name, output: 'out', units: { layers: 'all', channels: 'all' },
      views: { synthesis: [{ prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 64, size: 32, seeds: [0], learningRate: 0.05, batch: 64 }] },
      model: { path: 'm.onnx', preprocess: { mean: [0, 0, 0], std: [1, 1, 1], range: [0, 1], color: 'RGB' } },
    },
    modelSha256: 'ab'.repeat(32), modelName: 'm', modelBytes: 1, input: { name: 'x', shape: [1, 3, 32, 32] },
    layers: Array.from({ length: layers }, (_, i): LayerPlan => ({
      id: `conv${i}`, tensor: `t${i}`, op: 'Conv', site: 'pre', units: 64, shape: [1, 64, 8, 8], selected: [[0, 64]], megaMacs: 10,
    })),
  };
}

/** The object that an attempt of a shard would write. */
export const objectOf = (claim: { readonly sweepId: string; readonly seq: number; readonly fence: bigint }, content = 'a') => ({
  key: `synthesis/${claim.seq}-${claim.fence}-${content}.parquet`, bytes: 10n, sha256: content.repeat(64).slice(0, 64), rows: 64n, kind: 'synthesis', layer: 'conv',
});
