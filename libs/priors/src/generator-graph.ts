import { foldBatchNorm, graft, type GraphBuilder, readModel, type Runtime, type StaticGraph, specialize, upgradeOpset, type Value } from '@neuron-atlas/onnx';
import { perChannel } from './from-neutral.js';
import { errors } from './errors.js';
import { interpolation } from './interpolation.js';
import type { Canvas, ReadFile } from './prior.js';
import { resample } from './resample.js';

/** A generator's graph for a batch, and the box in which its code stays. */
export interface GeneratorGraph {
  readonly graph: StaticGraph;
  readonly code: readonly number[];
  readonly lower: Float32Array | undefined;
  readonly upper: Float32Array | undefined;
  /** Its files' contents ask nothing of the model: what an encoder makes of the picture, where there is one. */
  readonly encoder?: StaticGraph;
}

/** Reads the param `model`, an ONNX file with one code input and a picture output first, for the canvas's batch. */
export async function readGenerator(plugin: string, canvas: Canvas, file: ReadFile, runtime: Runtime, withRange: boolean): Promise<GeneratorGraph> {
  const model = upgradeOpset(readModel(file('model'), { name: `the model of ${plugin}` }));
  const input = model.graph.inputs.find(({ name }) => !model.graph.initializers.has(name));
  const output = model.graph.outputs[0];
  const code = input?.shape?.slice(1);
  if (input === undefined || output === undefined || code === undefined || !code.every((dim): dim is number => typeof dim === 'number' && dim > 0)) {
    throw errors.badFile({ plugin, param: 'model', detail: 'its first input is no code of known size f32[N, …]' });
  }
  const graph = foldBatchNorm(await specialize(model, { input: input.name, shape: [canvas.batch, ...code], outputs: [output.name], runtime }));
  const made = graph.types.get(output.name)?.shape ?? [];
  if (made.length !== 4 || made[1] !== canvas.channels) {
    throw errors.badFile({ plugin, param: 'model', detail: `it makes [${made.join(', ')}], wanted pictures [N, ${canvas.channels}, H, W]` });
  }
  const range = withRange ? readRange(plugin, file, code.reduce((a, b) => a * b, 1)) : { lower: undefined, upper: undefined };
  return { graph, code, ...range };
}

function readRange(plugin: string, file: ReadFile, size: number): { readonly lower: Float32Array; readonly upper: Float32Array } {
  const refuse = (detail: string): never => { throw errors.badFile({ plugin, param: 'range', detail }); };
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder().decode(file('range')));
  } catch (cause) {
    throw errors.badFile({ plugin, param: 'range', detail: `it is no JSON: ${(cause as Error).message}` }, cause);
  }
  const bounds = (name: 'lower' | 'upper'): Float32Array => {
    const value = (found as Readonly<Record<string, unknown>> | null)?.[name];
    if (typeof value === 'number' && Number.isFinite(value)) return new Float32Array(size).fill(value);
    if (!Array.isArray(value) || value.length !== size || !value.every(Number.isFinite)) return refuse(`${name} is no list of ${size} numbers`);
    return Float32Array.from(value as readonly number[]);
  };
  return { lower: bounds('lower'), upper: bounds('upper') };
}

/** code → what the generator makes, in its own units. */
export const rawPicture = (g: GraphBuilder, { graph }: GeneratorGraph, code: Value): Value => graft(g, graph, code)(graph.outputs[0]!);

/**
 * A generator's picture on the canvas: its centre where it is larger (offset by half the difference, rounded down),
 * enlarged where it is smaller; `black` and `white` become 0 and 1.
 */
export function onCanvas(g: GraphBuilder, raw: Value, canvas: Canvas, { black, white }: { readonly black: number; readonly white: number }): Value {
  const [, , height, width] = raw.shape as [number, number, number, number];
  const [top, left] = [Math.max(0, Math.floor((height - canvas.height) / 2)), Math.max(0, Math.floor((width - canvas.width) / 2))];
  const cut = top + left === 0 && height <= canvas.height && width <= canvas.width ? raw
    : g.slice(raw, [top, left], [top + Math.min(height, canvas.height), left + Math.min(width, canvas.width)], [2, 3]);
  const [, , h, w] = cut.shape as [number, number, number, number];
  const whole = h === canvas.height && w === canvas.width ? cut : resample(g, cut, g.constant(interpolation(h, canvas.height)), g.constant(interpolation(w, canvas.width)));
  if (black === 0 && white === 1) return whole;
  return g.add(g.mul(whole, 1 / (white - black)), perChannel(g, canvas.channels, () => -black / (white - black)));
}
