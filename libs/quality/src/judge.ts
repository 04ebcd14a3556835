import { rankedValue } from '@neuron-atlas/exemplars';
import { answerMap, findLayers, graft, GraphBuilder, loadModel, specializeAtSize, tensor, upgradeOpset, type Layer, type Model, type Runtime } from '@neuron-atlas/onnx';
import type { Features } from './similarity.js';

/** A network that says what is in a picture, by some of its layers. */
export interface Judge extends AsyncDisposable {
  readonly batch: number;
  /** Of the pictures that it takes, in pixels. */
  readonly height: number;
  readonly width: number;
  /** Names of its layers' values. */
  readonly layers: readonly string[];
  /** `pictures`: f32[batch, C, height, width], as the model's preprocessing makes them; rows beyond `rows` hold anything. */
  read(pictures: Float32Array, rows: number): Promise<readonly Features[]>;
}

export interface JudgeOptions {
  readonly model: Model;
  readonly runtime: Runtime;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  /** Value of the layer that is judged: no layer of the judge. */
  readonly without: string;
  /** Side of its pictures, where the network takes any size. */
  readonly size: number;
  readonly batch: number;
}

/** So many layers see colours, textures and objects, and cost no more than the deepest of them. */
const layersOfJudge = 5;

/**
 * Layers evenly spaced through the network, the judged one left out: a measure that used it would judge a unit by itself. Layers
 * with a map or tokens come before dense ones, of which a classifier's head is one.
 */
export function judgeLayers(model: Model, without: string): readonly Layer[] {
  const others = findLayers(model).filter(({ tensor: name }) => name !== without);
  const maps = others.filter(({ op }) => op !== 'Gemm');
  const from = maps.length > 0 ? maps : others;
  const count = Math.min(layersOfJudge, from.length);
  return Array.from({ length: count }, (_, i) => from[Math.floor(((i + 0.5) * from.length) / count)]!);
}

/** A judge made of the network itself; undefined where it has no other layer. */
export async function openJudge({ model, runtime, input, without, size, batch }: JudgeOptions): Promise<Judge | undefined> {
  const upgraded = upgradeOpset(model);
  const chosen = judgeLayers(upgraded, without);
  if (chosen.length === 0) return undefined;
  const names = chosen.map(({ tensor: name }) => rankedValue(upgraded, name).name);
  const graph = await specializeAtSize(upgraded, { input, batch, height: size, width: size, outputs: [...new Set(names)], runtime });
  const shape = graph.input.shape as readonly [number, number, number, number];
  const g = new GraphBuilder({ opset: graph.opset });
  const image = g.input(input.name, 'f32', shape);
  const value = graft(g, graph, image);
  const outputs = chosen.map(({ axis, kind }, i) => {
    const answers = answerMap(g, value(names[i]!), { axis, kind });        // f32[N, units, …places]
    const places = answers.shape.map((_, at) => at).slice(2);
    return places.length === 0 ? answers : g.mean(answers, places);
  });
  const named = outputs.map((output, i) => g.emit('Identity', [output], {}, [{ dtype: 'f32', shape: output.shape, name: `judged${i}` }])[0]!);
  const session = await loadModel(runtime, { irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', graph.opset]]), functions: [], metadata: new Map(), graph: g.build('judge', named) });
  return {
    batch, height: shape[2], width: shape[3], layers: names,
    async read(pictures, rows) {
      const found = await session.run({ [image.name]: tensor('f32', shape, pictures) });
      return Array.from({ length: rows }, (_, row): Features => named.map(({ name, shape: [, units] }) => (found[name]!.data as Float32Array).slice(row * units!, (row + 1) * units!)));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
