import { findLayers, specialize, type Model, type Runtime } from '@neuron-atlas/onnx';
import type { Preprocess } from '@neuron-atlas/spec';
import type { MatrixLayer } from './try-combination.js';

/** A layer in the middle of a network, and its head: the last dense layer, or the network's own output where no layer is dense. `size`: of the canvas, where it is free. */
export async function layersOfMatrix(model: Model, { size, preprocess, runtime }: { readonly size: number; readonly preprocess: Preprocess; readonly runtime: Runtime }): Promise<{ readonly middle: MatrixLayer & { readonly id: string }; readonly head: MatrixLayer & { readonly id: string } }> {
  const [info] = model.graph.inputs;
  const input = { name: info!.name, shape: [1, ...info!.shape!.slice(1).map(Number)] };
  const output = model.graph.outputs[0]!.name;
  const { types } = await specialize(model, { input: input.name, shape: input.shape, outputs: [output], runtime });
  const layers = findLayers(model, new Map([...types].map(([name, { shape }]) => [name, shape])));
  const found = layers[Math.floor(layers.length / 2)]!;
  const rank = (name: string): number | undefined => types.get(name)?.shape.length;
  const dense = layers.findLast(({ tensor }) => rank(tensor) === 2);
  const own = { model, input, preprocess, size };
  return {
    middle: { ...own, id: found.id, tensor: found.tensor, kind: found.kind, axis: found.axis < 0 ? found.axis + rank(found.tensor)! : found.axis },
    head: { ...own, id: dense?.id ?? output, tensor: dense?.tensor ?? output },
  };
}
