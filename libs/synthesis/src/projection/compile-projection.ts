import { gradients, type BackwardMode } from '@neuron-atlas/autodiff';
import { answerMap, foldBatchNorm, graft, GraphBuilder, specialize, writeModelFile, type LayerKind, type Model, type ModelFile, type Runtime, type Value } from '@neuron-atlas/onnx';
import type { Preprocess } from '@neuron-atlas/spec';
import { errors } from '../errors.js';
import { preprocess } from '../preprocess.js';

/** What a projection starts from at its unit: 1, or the unit's own activation. */
export type ProjectionSeed = 'one' | 'activation';

/** What a projection program is made from, without the model itself. */
export interface ProjectionSource {
  readonly modelSha256: string;
  /** ONNX value name of the layer. */
  readonly tensor: string;
  readonly units: number;
  /** Along which they lie. @default 1 */
  readonly axis?: number | undefined;
  /** A head is projected by the mean square of what it writes at a token. @default 'channel' */
  readonly kind?: LayerKind | undefined;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly preprocess: Preprocess;
  readonly method: BackwardMode;
  /**
   * With `one` a unit below zero is projected like any other, and the picture shows what would raise it; with `activation`
   * it is turned round, and where a rectifier comes next nothing is left. Above zero the pictures differ by a factor alone.
   * @default 'one'
   */
  readonly seed?: ProjectionSeed;
  /** Projections made by one run. */
  readonly batch: number;
}

export interface ProjectionMeta {
  readonly format: 1;
  readonly modelSha256: string;
  readonly tensor: string;
  readonly method: BackwardMode;
  readonly seed: ProjectionSeed;
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly units: number;
  /** Of each unit, counted row-major over the axes of the layer but batch and units; a head has one a token. */
  readonly places: number;
  /** The lengths of those axes. */
  readonly map: readonly number[];
}

/**
 * A compiled projection: an ONNX file with inputs `picture` f32[N, C, H, W] in 0..1, `units` i64[N] and `places` i64[N],
 * and outputs `projection` f32[N, C, H, W] and `activations` f32[N].
 */
export interface ProjectionProgram extends ModelFile {
  readonly meta: ProjectionMeta;
}

export interface CompileProjectionOptions extends ProjectionSource {
  /** Read and brought to opset 18 to 22 (libs/onnx readModel, upgradeOpset). */
  readonly model: Model;
  readonly runtime: Runtime;
}

/**
 * Compiles what takes one unit at one place of a layer, for one picture a row, back to the pixels of that picture.
 *
 * Unit and place are inputs, so that one program serves the layer. Errors: SYNTHESIS_NOT_AN_IMAGE, SYNTHESIS_NO_UNITS,
 * those of `specialize` and of `gradients`.
 */
export async function compileProjection(options: CompileProjectionOptions): Promise<ProjectionProgram> {
  const { model, input, tensor, units, axis = 1, kind = 'channel', method, seed = 'one', batch, runtime } = options;
  if (input.shape.length !== 4) throw errors.notAnImage({ name: input.name, shape: input.shape });
  const [, channels, height, width] = input.shape as [number, number, number, number];
  const cut = foldBatchNorm(await specialize(model, { input: input.name, shape: [batch, channels, height, width], outputs: [tensor], runtime }));
  const g = new GraphBuilder({ opset: cut.opset });
  const picture = g.input('picture', 'f32', [batch, channels, height, width]);
  const unitIndices = g.input('units', 'i64', [batch]);
  const placeIndices = g.input('places', 'i64', [batch]);
  const own = graft(g, cut, g.within('preprocess', () => preprocess(g, picture, options.preprocess)))(tensor);
  if (own.shape[axis] !== units) throw errors.noUnits({ tensor });
  const value = g.within('answers', () => answerMap(g, own, { axis, kind }));
  const others = value.shape.slice(2);
  const places = others.reduce((product, length) => product * length, 1);
  const mask = g.within('seed', () => g.mul(
    g.reshape(g.oneHot(unitIndices, units), value.shape.map((length, at) => (at < 2 ? length : 1))),
    g.reshape(g.oneHot(placeIndices, places), value.shape.map((length, at) => (at === 1 ? 1 : length))),
  ));
  const chosen = g.mul(value, mask);
  const activations = g.sum(chosen, value.shape.map((_, axis) => axis).slice(1));
  const [projection] = gradients(g, { of: value, seed: seed === 'one' ? mask : chosen, wrt: [picture], mode: method });
  const outputs = [named(g, 'projection', projection!), named(g, 'activations', activations)];
  return {
    ...writeModelFile({ irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(), graph: g.build('projection', outputs) }),
    meta: { format: 1, modelSha256: options.modelSha256, tensor, method, seed, batch, channels, height, width, units, places, map: others },
  };
}

const named = (g: GraphBuilder, name: string, value: Value): Value =>
  g.emit('Identity', [value], {}, [{ dtype: value.dtype, shape: value.shape, name }])[0]!;

/** Raised when the compiler makes another program from the same source. */
const compilerVersion = 2;

/** The content key of a projection program: sha256, hex, of all that decides its bytes. */
export async function projectionKey(source: ProjectionSource, runtimeVersion: string): Promise<string> {
  const { mean, std, range, color } = source.preprocess;
  const text = JSON.stringify(['projection', compilerVersion, runtimeVersion, source.modelSha256, source.tensor, source.units, source.axis ?? 1, source.kind ?? 'channel', source.input.name, source.input.shape, mean, std, range, color, source.method, source.seed ?? 'one', source.batch]);
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
