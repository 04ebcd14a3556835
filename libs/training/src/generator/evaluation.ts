import { GraphBuilder, loadModel, type Model, type Runtime, type Tensor, type Value } from '@neuron-atlas/onnx';
import { cutEncoder, encode, type Encoder } from './encoder.js';
import type { Network } from './generator-network.js';
import { pictureBatch, type PictureSet } from './picture-set.js';

/** What came of one picture x, by its 8-bit reconstruction G(E(x)). */
export interface Evaluated {
  readonly index: number;
  /** Mean square difference of the pixels in 0..1, and of the code's components. */
  readonly imageError: number;
  readonly featureError: number;
  /** The encoder's answers for x and for G(E(x)); empty where it gives none. */
  readonly answers: Float32Array;
  readonly answersOfReconstruction: Float32Array;
  readonly code: Float32Array;
  /** f32[C, H, W] in 0..1, 8 bits each. */
  readonly reconstruction: Float32Array;
}

export interface Evaluation extends AsyncDisposable {
  run(parameters: ReadonlyMap<string, Tensor>, indices: readonly number[]): AsyncIterable<Evaluated>;
}

export interface EvaluationOptions {
  readonly runtime: Runtime;
  readonly encoder: Encoder;
  readonly generator: Network;
  readonly pictures: PictureSet;
  readonly batch: number;
  readonly threads?: number | undefined;
}

/** Loads encoder ∘ round ∘ generator ∘ encoder, the generator's parameters fed in. */
export async function openEvaluation({ runtime, encoder, generator, pictures, batch, threads }: EvaluationOptions): Promise<Evaluation> {
  const cut = await cutEncoder(encoder, [encoder.code, ...(encoder.answers === undefined ? [] : [encoder.answers])], batch, runtime);
  const g = new GraphBuilder({ opset: cut.opset });
  const x = g.input('pictures', 'f32', [batch, pictures.channels, pictures.size, pictures.size]);
  const inputs = new Map(generator.parameters.map(({ name, shape }) => [name, g.input(name, 'f32', shape)]));
  const real = encode(g, cut, encoder, x);
  const made = g.within('generator', () => generator.build(g, real(encoder.code), (name) => inputs.get(name)!));
  const image = g.mul(g.unary('Round', g.mul(made, 255)), 1 / 255);
  const fake = encode(g, cut, encoder, image);
  const outputs: Record<string, Value> = {
    image, code: real(encoder.code), image_error: rowError(g, image, x), feature_error: rowError(g, fake(encoder.code), real(encoder.code)),
    ...(encoder.answers === undefined ? {} : { answers: real(encoder.answers), answers_again: fake(encoder.answers) }),
  };
  const named = Object.entries(outputs).map(([name, value]) => g.emit('Identity', [value], {}, [{ dtype: 'f32', shape: value.shape, name: `out/${name}` }])[0]!);
  const model: Model = { irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(), graph: g.build('evaluation', named) };
  const session = await loadModel(runtime, model, threads === undefined ? {} : { threads });
  return {
    async *run(parameters, indices) {
      const weights = Object.fromEntries(generator.parameters.map(({ name }) => [name, parameters.get(name)!]));
      for (let start = 0; start < indices.length; start += batch) {
        const count = Math.min(batch, indices.length - start);
        const rows = Array.from({ length: batch }, (_, i) => indices[start + Math.min(i, count - 1)]!);
        const out = await session.run({ ...weights, pictures: await pictureBatch(pictures, rows) });
        const row = (name: string, at: number): Float32Array => {
          const found = out[`out/${name}`];
          if (found === undefined) return new Float32Array();
          const size = found.data.length / batch;
          return (found.data as Float32Array).slice(at * size, (at + 1) * size);
        };
        for (let at = 0; at < count; at++) {
          yield {
            index: rows[at]!, imageError: row('image_error', at)[0]!, featureError: row('feature_error', at)[0]!, code: row('code', at), reconstruction: row('image', at),
            answers: row('answers', at), answersOfReconstruction: row('answers_again', at),
          };
        }
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Mean square difference of each row: f32[N]. */
function rowError(g: GraphBuilder, a: Value, b: Value): Value {
  const difference = g.sub(a, b);
  return g.mean(g.mul(difference, difference), difference.shape.slice(1).map((_, axis) => axis + 1));
}
