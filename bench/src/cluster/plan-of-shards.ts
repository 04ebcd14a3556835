import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';

// About the plan of a small convolutional network: what a lease carries must not be flattered by an empty plan.
const layerCount = 26;

/** A plan with exactly `shards` synthesis shards of one unit each, spread over 26 layers. */
export function planOfShards(name: string, shards: number): SweepPlan {
  const share = Math.ceil(shards / layerCount);
  return {
    version: 1,
    spec: {
      name, output: 'out', units: { layers: 'all', channels: 'all' },
      views: { synthesis: [{ prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 64, size: 128, seeds: [0], learningRate: 0.05, batch: 1 }] },
      model: { path: 'm.onnx', preprocess: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB' } },
    },
    modelSha256: 'ab'.repeat(32), modelName: 'm', modelBytes: 1, input: { name: 'x', shape: [1, 3, 224, 224] },
    layers: Array.from({ length: layerCount }, (_, i): LayerPlan => {
      const units = Math.max(0, Math.min(share, shards - i * share));
      return {
        id: `features.${i}.squeeze`, tensor: `/features/${i}/squeeze/Conv_output_0`, op: 'Conv', site: 'pre', units, shape: [1, units, 13, 13],
        selected: units > 0 ? [[0, units]] : [], megaMacs: 1e6, // so much that no two units share a shard
      };
    }),
  };
}
