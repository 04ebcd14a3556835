import { createHash } from 'node:crypto';
import { f32, GraphBuilder, tensor, writeModel, type Value } from '@neuron-atlas/onnx';
import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';
import { seeded } from '@neuron-atlas/testkit';

const size = 16;
const layers = [{ id: 'edges', units: 16 }, { id: 'parts', units: 24 }, { id: 'wholes', units: 24 }] as const;

/** Units of the sweep; each gets one picture. */
export const totalUnits = layers.reduce((sum, { units }) => sum + units, 0);

/** Three convolutions on 16 × 16 pixels, with weights drawn from a fixed seed. */
export function smallModel(): { readonly bytes: Uint8Array; readonly sha256: string } {
  const random = seeded(20261125);
  const g = new GraphBuilder({ opset: 18 });
  const input = g.input('image', 'f32', [1, 3, size, size]);
  let x: Value = input;
  let channels = 3;
  for (const { id, units } of layers) {
    const bound = Math.sqrt(6 / (9 * channels));
    const weights = Float32Array.from({ length: units * channels * 9 }, () => bound * (2 * random() - 1));
    const bias = Array.from({ length: units }, () => 0.05);
    const y = g.emit('Conv', [x, g.constant(tensor('f32', [units, channels, 3, 3], weights), `${id}.weight`), g.constant(f32([units], bias), `${id}.bias`)],
      { pads: { type: 'ints', value: [1, 1, 1, 1] } }, [{ dtype: 'f32', shape: [1, units, size, size], name: id }])[0]!;
    [x, channels] = [g.relu(y), units];
  }
  const bytes = writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('small', [x]) });
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export interface SmallSweep {
  readonly steps: number;
  /** The first so many shards. @default all */
  readonly shards?: number;
  /** Units that climb together. With 2 a shard is one batch, and nobody cuts it. @default 1 */
  readonly batch?: number;
}

/** A sweep over all of it, or over its first shards; two units a shard, one after the other: `megaMacs` says that they cost more than they do. */
export function smallPlan(output: string, { steps, shards, batch = 1 }: SmallSweep): SweepPlan {
  const { bytes, sha256 } = smallModel();
  return {
    version: 1, modelSha256: sha256, modelName: 'small.onnx', modelBytes: bytes.length,
    input: { name: 'image', shape: [1, 3, size, size] },
    layers: (shards === undefined ? layers : layers.slice(0, 1)).map(({ id, units }): LayerPlan => ({ id, tensor: id, op: 'Conv', site: 'pre', units, shape: [1, units, size, size], selected: [[0, shards === undefined ? units : 2 * shards]], megaMacs: 300_000 / steps })),
    spec: {
      name: 'small', output,
      model: { path: 'small.onnx', preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], range: [0, 1], color: 'RGB' } },
      units: { layers: 'all', channels: 'all' },
      views: { synthesis: [{ prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps, size, seeds: [0], learningRate: 0.05, batch }] },
    },
  };
}
