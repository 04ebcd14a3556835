import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';
import type { Scenario } from './simulate.js';

/** A network with so many units in so many layers, of which each takes more arithmetic than the one before: 0.1 to 1.5 · 10^9 multiply-adds. */
export function deepPlan(name: string, { units, layers }: { readonly units: number; readonly layers: number }): SweepPlan {
  const each = Math.floor(units / layers);
  return {
    version: 1,
    spec: {
      name, output: 'out', units: { layers: 'all', channels: 'all' },
      views: { synthesis: [{ prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 256, size: 128, seeds: [0], learningRate: 0.05, batch: 16 }] },
      model: { path: 'm.onnx', preprocess: { mean: [0, 0, 0], std: [1, 1, 1], range: [0, 1], color: 'RGB' } },
    },
    modelSha256: 'ab'.repeat(32), modelName: name, modelBytes: 1, input: { name: 'x', shape: [1, 3, 224, 224] },
    layers: Array.from({ length: layers }, (_, i): LayerPlan => {
      const own = i === layers - 1 ? units - each * (layers - 1) : each;
      return { id: `layer${i}`, tensor: `t${i}`, op: 'Conv', site: 'pre', units: own, shape: [1, own, 8, 8], selected: [[0, own]], megaMacs: 100 + (1400 * i) / Math.max(1, layers - 1) };
    }),
  };
}

/** A thousand agents of three speeds, a twentieth of which vanishes each hour; three sweeps of a million units. */
export function largeFleet({ weights, seed, scale = 1 }: { readonly weights: readonly number[]; readonly seed: number; /** Of agents and of units. */ readonly scale?: number }): Scenario {
  const agents = Math.round(1000 * scale);
  const [slow, fast] = [Math.round(agents * 0.4), Math.round(agents * 0.25)];
  return {
    sweeps: weights.map((weight, i) => ({ plan: deepPlan(`network-${i}`, { units: Math.round(1_000_000 * scale), layers: Math.max(4, Math.round(40 * scale)) }), weight })),
    devices: [{ name: 'slow', count: slow, speed: 60 }, { name: 'middle', count: agents - slow - fast, speed: 120 }, { name: 'fast', count: fast, speed: 240 }],
    preemptedAnHour: 0.05, replacedAfterSeconds: 120, leaseTtlSeconds: 60, reaperSeconds: 5, noise: 0.1, targetSeconds: 90, most: 64, viewSeconds: 0.5, seed,
  };
}
