import { basename } from 'node:path';
import { checkGradient } from '@neuron-atlas/autodiff';
import { isAtlasError } from '@neuron-atlas/errors';
import { GraphBuilder, graft, type Model, type Runtime, sizeOf, specialize, tensor, type Tensor, toNumbers, upgradeOpset, writeModel } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import type { LayerPlan } from '@neuron-atlas/spec';
import { compileProgram, openProgram, randomStream } from '@neuron-atlas/synthesis';
import { modelReport } from '../model-facts.js';
import type { Examined, OutputValues } from './outcome.js';

type Layer = Pick<LayerPlan, 'id' | 'tensor' | 'kind' | 'axis' | 'blocked'>;

/**
 * What a user's file meets: read, inspected, the program of one unit compiled and run for a step, its gradient checked
 * against a difference, and all outputs computed as the project understands the file. `salt` picks the layer.
 */
export async function examine(path: string, salt: number, runtime: Runtime): Promise<Examined> {
  const loaded = await loadModelFile(path);
  const { facts } = await modelReport(loaded, basename(path), runtime);
  const model = upgradeOpset(loaded.model);
  const open = facts.layers.filter(({ blocked }) => blocked === undefined);
  const layer = open[salt % Math.max(1, open.length)];
  const outcome = {
    kind: 'taken' as const, layers: facts.layers.length, blocked: facts.layers.length - open.length,
    program: layer === undefined ? 'no layer' : await codeOf(() => ascend(model, facts.input, layer, runtime)),
    gradient: layer === undefined ? 'no layer' : await codeOf(() => gradientOf(model, facts.input, layer, salt, runtime)),
  };
  let outputs: OutputValues | undefined;
  const forward = await codeOf(async () => { outputs = await outputsOf(model, facts.input, runtime); });
  return { outcome: { ...outcome, forward }, input: facts.input, ...(outputs === undefined ? {} : { outputs }) };
}

/** What an action says, 'fine' where that is nothing, or the code of the catalogued error that it throws. */
async function codeOf(act: () => Promise<string | void>): Promise<string> {
  try {
    return (await act()) ?? 'fine';
  } catch (error) {
    if (isAtlasError(error)) return `${error.code}: ${error.message.slice(0, 300)}`;
    throw error;
  }
}

/** One step towards one unit, on a canvas of the model's own height, within reason. */
async function ascend(model: Model, input: { readonly name: string; readonly shape: readonly number[] }, { tensor: name, kind, axis }: Layer, runtime: Runtime): Promise<string | undefined> {
  const [, channels = 3, height = 8] = input.shape;
  const size = Math.min(height, 64);
  const each = (value: number): number[] => Array.from({ length: channels }, () => value);
  const program = await compileProgram({
    model, runtime, modelSha256: '0'.repeat(64), tensor: name, kind, axis, input,
    preprocess: { mean: each(0), std: each(1), range: [0, 1], color: channels === 1 ? 'L' : 'RGB' },
    view: { prior: 'pixels', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 1, size, seeds: [0], batch: 1 },
  });
  await using ascender = await openProgram(runtime, program);
  const [ascent] = await ascender.run({ units: [0], seed: 0, steps: 1, chunk: 1 });
  return ascent!.image.every((value) => value >= 0 && value <= 1) || ascent!.image.some(Number.isNaN) ? undefined : 'wrong: the picture is not within 0 and 1';
}

async function gradientOf(model: Model, input: { readonly name: string; readonly shape: readonly number[] }, layer: Layer, salt: number, runtime: Runtime): Promise<string> {
  const graph = await specialize(model, { input: input.name, shape: input.shape, outputs: [layer.tensor], runtime });
  for (let again = 0; ; again++) {
    const stream = randomStream(salt, `fuzz gradient ${again}`);
    const { agrees, settled, error } = await checkGradient(graph, layer.tensor, runtime, () => stream.uniform());
    if (agrees) return 'agrees';
    if (!settled) return 'unsettled';
    if (overflows(model)) return 'out of range';
    // A rectifier that changes sides fools one picture, a wrong gradient all.
    if (again === 3) return `wrong: the gradient of ${layer.tensor} is off by ${error}`;
  }
}

/** Whether a weight's square is beyond float32: a variance is then infinite inside the runtime's kernels, and no gradient that of the formula. */
const overflows = ({ graph }: Model): boolean => [...graph.initializers.values()].some(({ dtype, data }) =>
  dtype === 'f32' && (data as Float32Array).some((value) => Number.isFinite(value) && Math.abs(value) > 1e18));

/** A picture of −1..1 that both sides of a comparison make. */
export const pictureOf = (shape: readonly number[]): Tensor => tensor('f32', shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 1.7 + 0.3)));

export async function outputsOf(model: Model, input: { readonly name: string; readonly shape: readonly number[] }, runtime: Runtime): Promise<OutputValues> {
  const made = new Set(model.graph.nodes.flatMap(({ outputs }) => outputs));
  const outputs = [...new Set(model.graph.outputs.map(({ name }) => name).filter((name) => made.has(name)))];
  if (outputs.length === 0) return {};
  const cut = await specialize(model, { input: input.name, shape: input.shape, outputs, runtime });
  const g = new GraphBuilder({ opset: cut.opset });
  const tap = graft(g, cut, g.input('picture', 'f32', input.shape));
  const results = outputs.map((name, i) => { const { dtype, shape } = tap(name); return g.emit('Identity', [tap(name)], {}, [{ dtype, shape, name: `result/${i}` }])[0]!; });
  await using session = await runtime.load(
    writeModel({ irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('forward', results) }), { optimize: 'none' },
  );
  const found = await session.run({ picture: pictureOf(input.shape) });
  return Object.fromEntries(outputs.map((name, i) => [name, valuesOf(found[`result/${i}`]!)]));
}

export const valuesOf = (value: Tensor): OutputValues[string] => ({ shape: value.shape, values: value.dtype === 'string' ? [] : toNumbers(value) });
