import { existsSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { findLayers, upgradeOpset } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { compileProgram, openProgram, type Ascender } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { stepTimes } from '../step-times.js';
import { timeRuns } from '../time-runs.js';

const batch = 4;
const loopSteps = 10;

/**
 * Value-and-gradient ÷ forward, and steps per second inside the `Loop` ÷ outside, for each model at its own input size,
 * batch 4. Models: the files given, else those in $NEURON_ATLAS_SHARED/data/models, and always the demo's.
 */
export async function step(args: readonly string[]): Promise<void> {
  const runtime = await createNodeRuntime({ provider: 'cpu' });
  console.log(`${runtime.version}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, batch ${batch}`);
  console.log('model                        size  layer            forward ms  value+grad ms   ratio  loop steps/s  single steps/s   ratio');
  for (const path of args.length > 0 ? args : modelFiles()) {
    const { model: file, sha256 } = await loadModelFile(path);
    const model = upgradeOpset(file);
    const input = model.graph.inputs[0]!;
    const shape = [batch, ...input.shape!.slice(1).map(Number)];
    const layer = findLayers(model).at(-1)!;
    const { forward, both } = await stepTimes(model, input.name, shape, layer.tensor, runtime);
    const program = await compileProgram({
      model, modelSha256: sha256, tensor: layer.tensor, runtime, input: { name: input.name, shape },
      preprocess: { mean: [0], std: [1], range: [0, 1], color: shape[1] === 1 ? 'L' : 'RGB' },
      view: { prior: 'pixels', priorParams: {}, recipe: 'none', objective: 'channel', objectiveParams: {}, steps: loopSteps, size: shape[2]!, seeds: [0], learningRate: 0.05, batch },
    });
    await using ascender = await openProgram(runtime, program);
    const inside = loopSteps / (await climbTime(ascender, loopSteps));
    const outside = loopSteps / (await climbTime(ascender, 1));
    console.log([
      basename(path).padEnd(28), `${shape[2]}`.padStart(4), layer.id.slice(0, 16).padEnd(17), forward.toFixed(2).padStart(9), both.toFixed(2).padStart(14), (both / forward).toFixed(2).padStart(7),
      (1000 * inside).toFixed(1).padStart(13), (1000 * outside).toFixed(1).padStart(15), (inside / outside).toFixed(2).padStart(7),
    ].join(' '));
  }
}

/** The time of the ten steps alone: the two looks at the start and the end are taken off by timing a climb of none. */
async function climbTime(ascender: Ascender, chunk: number): Promise<number> {
  const units = Array.from({ length: batch }, (_, i) => i % ascender.meta.units);
  const climb = (steps: number) => () => ascender.run({ units, seed: 0, steps, chunk });
  const all = await timeRuns(climb(loopSteps), 4);
  return all - await timeRuns(climb(0), 4);
}

function modelFiles(): readonly string[] {
  const folder = join(process.env['NEURON_ATLAS_SHARED'] ?? join('..', 'shared'), 'data', 'models');
  const shared = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.onnx') && !name.startsWith('vit_')).sort().map((name) => join(folder, name)) : [];
  return [join('examples', 'demo', 'demo.onnx'), ...shared].filter((path) => existsSync(path));
}
