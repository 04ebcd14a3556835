import { foldBatchNorm, graft, type GraphBuilder, type Model, readModel, type Runtime, type StaticGraph, specialize, upgradeOpset, type Value } from '@neuron-atlas/onnx';
import { areaAverage } from './area-average.js';
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

/** How a generator's picture that is larger than the canvas comes onto it. */
export type Fit = 'crop' | 'resize';

/** Of each side of a picture, what must be left when its middle is cut out: the source cuts 227 of 256. */
const leastLeft = 2 / 3;

/**
 * Reads the param `model`, an ONNX file with one code input and a picture output first, for the canvas's batch.
 *
 * PRIORS_BAD_FILE for a file that is no such network or whose batch is fixed, PRIORS_BAD_CANVAS for a canvas that would
 * show only the middle of its pictures, PRIORS_CODE_RANGE_OTHER for a range that was made for another layer or encoder.
 */
export async function readGenerator(plugin: string, canvas: Canvas, file: ReadFile, runtime: Runtime, { withRange, fit }: { readonly withRange: boolean; readonly fit: Fit }): Promise<GeneratorGraph> {
  const model = upgradeOpset(readModel(file('model'), { name: `the model of ${plugin}` }));
  const input = model.graph.inputs.find(({ name }) => !model.graph.initializers.has(name));
  const output = model.graph.outputs[0];
  const code = input?.shape?.slice(1);
  if (input === undefined || output === undefined || code === undefined || !code.every((dim): dim is number => typeof dim === 'number' && dim > 0)) {
    throw errors.badFile({ plugin, param: 'model', detail: 'its first input is no code of known size f32[N, …]' });
  }
  const graph = await forBatch(plugin, model, { input: input.name, code, output: output.name, batch: canvas.batch }, runtime);
  const made = graph.types.get(output.name)?.shape ?? [];
  if (made.length !== 4 || made[1] !== canvas.channels) {
    throw errors.badFile({ plugin, param: 'model', detail: `it makes [${made.join(', ')}], wanted pictures [N, ${canvas.channels}, H, W]` });
  }
  const [, , height, width] = made as [number, number, number, number];
  if (fit === 'crop' && (canvas.height < leastLeft * height || canvas.width < leastLeft * width)) {
    throw errors.badCanvas({ plugin, detail: `of its pictures of ${height} × ${width} pixels only ${canvas.height} × ${canvas.width} in the middle would be left; set its param fit to resize, or the size to ${Math.ceil(leastLeft * Math.max(height, width))} or more` });
  }
  const range = withRange ? readRange(plugin, file, code.reduce((a, b) => a * b, 1), model.metadata) : { lower: undefined, upper: undefined };
  return { graph, code, ...range };
}

async function forBatch(plugin: string, model: Model, { input, code, output, batch }: { readonly input: string; readonly code: readonly number[]; readonly output: string; readonly batch: number }, runtime: Runtime): Promise<StaticGraph> {
  const at = async (size: number): Promise<StaticGraph> => foldBatchNorm(await specialize(model, { input, shape: [size, ...code], outputs: [output], runtime }));
  const fixed = (cause?: unknown): Error => errors.badFile({ plugin, param: 'model', detail: `its batch is fixed at one, and ${batch} codes go through together; export it with an open batch (dynamic_axes in PyTorch), or set batch to 1` }, cause);
  let graph: StaticGraph;
  try {
    graph = await at(batch);
  } catch (error) {
    // Whether the batch is to blame shows where it is one.
    if (batch > 1 && await at(1).then(() => true, () => false)) throw fixed(error);
    throw error;
  }
  if (batch > 1 && graph.types.get(output)?.shape[0] === 1) throw fixed();
  return graph;
}

function readRange(plugin: string, file: ReadFile, size: number, metadata: ReadonlyMap<string, string>): { readonly lower: Float32Array; readonly upper: Float32Array } {
  const refuse = (detail: string): never => { throw errors.badFile({ plugin, param: 'range', detail }); };
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder().decode(file('range')));
  } catch (cause) {
    throw errors.badFile({ plugin, param: 'range', detail: `it is no JSON: ${(cause as Error).message}` }, cause);
  }
  // Both say what they were made for, where this project made them.
  const madeFor = found as Readonly<Record<string, unknown>> | null;
  const [encoder, layer] = [metadata.get('neuron-atlas.encoder'), metadata.get('neuron-atlas.code')];
  const differs = (mine: unknown, its: string | undefined): boolean => typeof mine === 'string' && its !== undefined && mine !== its;
  if (differs(madeFor?.['encoder'], encoder) || differs(madeFor?.['layer'], layer)) {
    throw errors.codeRangeOther({ plugin, found: `${String(madeFor?.['layer'])} of network ${String(madeFor?.['encoder']).slice(0, 12)}`, wanted: `${layer ?? 'its layer'} of network ${encoder?.slice(0, 12) ?? 'unknown'}` });
  }
  const bounds = (name: 'lower' | 'upper'): Float32Array => {
    const value = (found as Readonly<Record<string, unknown>> | null)?.[name];
    if (typeof value === 'number' && Number.isFinite(value)) return new Float32Array(size).fill(value);
    if (!Array.isArray(value) || value.length !== size || !value.every(Number.isFinite)) return refuse(`${name} is no list of ${size} numbers`);
    return Float32Array.from(value as readonly number[]);
  };
  return { lower: bounds('lower'), upper: bounds('upper') };
}

/** code → what the generator makes, in its own units. Behind a prefix: an ascent has names of its own that must stay free, such as `image`. */
export const rawPicture = (g: GraphBuilder, { graph }: GeneratorGraph, code: Value): Value => graft(g, graph, code, 'generator/')(graph.outputs[0]!);

/**
 * A generator's picture on the canvas: where it is larger its centre (offset by half the difference, rounded down) or, for
 * `resize`, the whole of it, areas averaged; enlarged where it is smaller. `black` and `white` become 0 and 1.
 */
export function onCanvas(g: GraphBuilder, raw: Value, canvas: Canvas, { black, white, fit }: { readonly black: number; readonly white: number; readonly fit: string }): Value {
  const [, , height, width] = raw.shape as [number, number, number, number];
  const [top, left] = fit === 'resize' ? [0, 0] : [Math.max(0, Math.floor((height - canvas.height) / 2)), Math.max(0, Math.floor((width - canvas.width) / 2))];
  const cut = fit === 'resize' || (top + left === 0 && height <= canvas.height && width <= canvas.width) ? raw
    : g.slice(raw, [top, left], [top + Math.min(height, canvas.height), left + Math.min(width, canvas.width)], [2, 3]);
  const [, , h, w] = cut.shape as [number, number, number, number];
  const along = (from: number, to: number): Value => g.constant(from > to ? areaAverage(from, to) : interpolation(from, to));
  const whole = h === canvas.height && w === canvas.width ? cut : resample(g, cut, along(h, canvas.height), along(w, canvas.width));
  if (black === 0 && white === 1) return whole;
  return g.add(g.mul(whole, 1 / (white - black)), perChannel(g, canvas.channels, () => -black / (white - black)));
}
