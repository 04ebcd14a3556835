import { type FieldWindow, receptiveFields, summaryOf, windowAt } from '@neuron-atlas/exemplars';
import { followedByRelu, type Model, type Runtime, specialize } from '@neuron-atlas/onnx';
import type { LayerPlan, Preprocess, SynthesisView } from '@neuron-atlas/spec';
import { type Borders, compileActivationMap, compileProgram, openProgram } from '@neuron-atlas/synthesis';
import { errors } from '../errors.js';
import { type Copies, copiesIn } from './copies.js';
import { picturePeriod, type PicturePeriod } from './picture-period.js';

export interface CanvasStudyRequest {
  /** Brought to opset 18 to 22. */
  readonly model: Model;
  readonly modelSha256: string;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly preprocess: Preprocess;
  readonly layer: LayerPlan;
  readonly unit: number;
  /** How pictures are made: prior, steps and learning rate. */
  readonly view: SynthesisView;
  /** Sides of the canvas in pixels; absent: multiples of the receptive field. */
  readonly sizes?: readonly number[] | undefined;
  readonly seed: number;
}

/** One picture of the study and what was measured on it. */
export interface CanvasCase {
  readonly objective: 'channel' | 'neuron';
  readonly borders: Borders;
  readonly size: number;
  /** f32[C, size, size] in 0..1 */
  readonly image: Float32Array;
  readonly channels: number;
  readonly score: number;
  /** Where in the picture the unit answers, and how far apart, in pixels. */
  readonly copies: Copies;
  /** Where the picture is most like itself, moved; null where nowhere. */
  readonly period: PicturePeriod | null;
  /** Mean activation of the unit (behind its rectifier, where it has one) over places that see no border of the canvas, and over the others; null where there are none. */
  readonly interior: number | null;
  readonly border: number | null;
}

export interface CanvasStudy {
  readonly window: FieldWindow;
  readonly sizes: readonly number[];
  readonly cases: readonly CanvasCase[];
}

/** What is rendered at each size: a unit at all its places with each kind of borders, and at one place. */
export const canvasRows: readonly Pick<CanvasCase, 'objective' | 'borders'>[] = [
  { objective: 'channel', borders: 'model' }, { objective: 'channel', borders: 'reflect' }, { objective: 'channel', borders: 'replicate' },
  { objective: 'channel', borders: 'torus' }, { objective: 'neuron', borders: 'model' },
];

/** Largest canvas taken by default: beyond it an ascent takes minutes. */
const largestCanvas = 320;

/**
 * Renders a unit on canvases of several sizes and with several borders, and measures where the pictures repeat themselves and what borders do.
 *
 * Errors: CLI_NOT_A_MAP, CLI_BAD_CANVAS, those of `compileProgram`.
 */
export async function studyCanvas(request: CanvasStudyRequest, runtime: Runtime, onCase: (done: CanvasCase, of: number) => void, signal: AbortSignal): Promise<CanvasStudy> {
  const { layer } = request;
  if (layer.field?.kind !== 'window' || layer.shape.length !== 4) throw errors.notAMap({ layer: layer.id });
  const window = layer.field;
  const sizes = request.sizes ?? defaultSizes(window);
  const step = Math.max(...window.stride);
  for (const size of sizes) if (size % step !== 0 || size < step) throw errors.badCanvas({ size, step, layer: layer.id });
  const cases: CanvasCase[] = [];
  for (const size of sizes) {
    for (const row of canvasRows) {
      signal.throwIfAborted();
      const made = await oneCase(request, runtime, { ...row, size }, signal);
      cases.push(made);
      onCase(made, sizes.length * canvasRows.length);
    }
  }
  return { window: { size: window.size, stride: window.stride, offset: window.offset }, sizes, cases };
}

/** One, one and a half, two and three receptive fields, in whole strides. */
function defaultSizes({ size, stride }: FieldWindow): readonly number[] {
  const step = Math.max(...stride);
  const wished = [1, 1.5, 2, 3].map((times) => Math.ceil(Math.max(times * Math.max(...size), 32 * times) / step) * step);
  return [...new Set(wished.map((side) => Math.min(side, Math.floor(largestCanvas / step) * step)))];
}

async function oneCase(request: CanvasStudyRequest, runtime: Runtime, { objective, borders, size }: Pick<CanvasCase, 'objective' | 'borders' | 'size'>, signal: AbortSignal): Promise<CanvasCase> {
  const { model, modelSha256, input, preprocess, layer, unit, view, seed } = request;
  const own = { ...view, objective, objectiveParams: {}, size, batch: 1, seeds: [seed] };
  const program = await compileProgram({ model, modelSha256, tensor: layer.tensor, view: own, preprocess, input, runtime, borders });
  await using ascender = await openProgram(runtime, program);
  const [ascent] = await ascender.run({ units: [unit], seed, steps: view.steps, chunk: 16, signal });
  const { image, channels, score } = ascent!;
  await using map = await compileActivationMap({ model, runtime, tensor: layer.tensor, input: input.name, shape: [channels, size, size], preprocess, borders });
  const [, , rows, columns] = map.shape as [number, number, number, number];
  const rectified = followedByRelu(model, layer.tensor);
  const activations = (await map.run(image)).slice(unit * rows * columns, (unit + 1) * rows * columns).map((value) => (rectified ? Math.max(0, value) : value));
  const window = await windowOf(request, runtime, size);
  const { interior, border } = byBorder(activations, columns, window, size);
  const found = copiesIn(activations, columns, borders === 'torus');
  const copies = { count: found.count, spacing: found.spacing === null ? null : found.spacing * Math.max(...window.stride) };
  return { objective, borders, size, image, channels, score, copies, period: picturePeriod(image, { channels, height: size, width: size }, borders === 'torus') ?? null, interior, border };
}

/** The receptive field at this size of the canvas: uneven padding may depend on it. */
async function windowOf({ model, input, layer }: CanvasStudyRequest, runtime: Runtime, size: number): Promise<FieldWindow> {
  const graph = await specialize(model, { input: input.name, shape: [1, input.shape[1]!, size, size], outputs: [layer.tensor], runtime });
  const summary = summaryOf(receptiveFields(graph).get(layer.tensor)!);
  if (summary.kind !== 'window') throw errors.notAMap({ layer: layer.id });
  return summary.window;
}

function byBorder(activations: Float32Array, columns: number, window: FieldWindow, size: number): { readonly interior: number | null; readonly border: number | null } {
  const groups: Record<'interior' | 'border', number[]> = { interior: [], border: [] };
  activations.forEach((value, i) => {
    const { start, end } = windowAt(window, [Math.floor(i / columns), i % columns]);
    groups[start.every((from) => from >= 0) && end.every((to) => to <= size) ? 'interior' : 'border'].push(value);
  });
  const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length);
  return { interior: mean(groups.interior), border: mean(groups.border) };
}
