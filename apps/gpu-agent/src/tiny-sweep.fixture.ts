import { createHash } from 'node:crypto';
import { f32, GraphBuilder, tensor, writeModel, type Value } from '@neuron-atlas/onnx';
import type { LayerPlan, SweepPlan, SynthesisView } from '@neuron-atlas/spec';
import { randomStream } from '@neuron-atlas/synthesis';

const size = 16;

/** conv(3→5) + ReLU, conv(5→7) + ReLU, on 16 × 16 pixels: twelve units, of which Second/6 is dead whatever it sees. */
export function tinyModel(): { readonly bytes: Uint8Array; readonly sha256: string } {
  const { normal } = randomStream(11, 'tiny');
  const g = new GraphBuilder({ opset: 18 });
  const conv = (x: Value, name: string, inputs: number, units: number, dead: readonly number[]): Value => {
    const perUnit = inputs * 9;
    const weights = Float32Array.from({ length: units * perUnit }, (_, i) => (dead.includes(Math.floor(i / perUnit)) ? 0 : 0.3 * normal()));
    const bias = Array.from({ length: units }, (_, unit) => (dead.includes(unit) ? -1 : 0.1));
    return g.emit('Conv', [x, g.constant(tensor('f32', [units, inputs, 3, 3], weights), `${name}.weight`), g.constant(f32([units], bias), `${name}.bias`)],
      { pads: { type: 'ints', value: [1, 1, 1, 1] } }, [{ dtype: 'f32', shape: [1, units, size, size], name }])[0]!;
  };
  const x = g.input('image', 'f32', [1, 3, size, size]);
  const second = conv(g.relu(conv(x, 'first', 3, 5, [])), 'Second', 5, 7, [6]);
  const bytes = writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('tiny', [g.relu(second)]) });
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A sweep over all of it; `Second` has a name that is no safe path. */
export function tinyPlan(output: string, view: Partial<SynthesisView> = {}): SweepPlan {
  const model = tinyModel();
  const layer = (id: string, units: number, megaMacs: number): LayerPlan =>
    ({ id, tensor: id, op: 'Conv', site: 'pre', units, shape: [1, units, size, size], selected: [[0, units]], megaMacs });
  return {
    version: 1,
    modelSha256: model.sha256,
    modelName: 'tiny.onnx',
    modelBytes: model.bytes.length,
    input: { name: 'image', shape: [1, 3, size, size] },
    layers: [layer('first', 5, 0.03), layer('Second', 7, 0.08)],
    spec: {
      name: 'tiny',
      model: { path: 'tiny.onnx', preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], range: [0, 1], color: 'RGB' } },
      units: { layers: 'all', channels: 'all' },
      views: { synthesis: [{ prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 12, size, seeds: [0, 3], learningRate: 0.05, batch: 4, ...view }] },
      output,
    },
  };
}
