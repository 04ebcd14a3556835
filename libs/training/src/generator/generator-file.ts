import { GraphBuilder, openBatch, writeModel, type Tensor } from '@neuron-atlas/onnx';
import type { GeneratorShape, Network } from './generator-network.js';

/** A generator as an ONNX file: `code` f32[N, …] to `image` f32[N, C, S, S] in 0..1, N open. `metadata` is kept in the file. */
export function generatorFile(shape: GeneratorShape, network: Network, parameters: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>>): Uint8Array {
  const opset = 18;
  const g = new GraphBuilder({ opset });
  const code = g.input('code', 'f32', [1, ...shape.code]);
  const picture = network.build(g, code, (name) => g.constant(parameters.get(name)!, name));
  const image = g.emit('Identity', [picture], {}, [{ dtype: 'f32', shape: picture.shape, name: 'image' }])[0]!;
  const graph = g.build('generator', [image]);
  return writeModel({
    irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', opset]]), functions: [], metadata: new Map(Object.entries(metadata)),
    graph: openBatch(graph),
  });
}
