import { f32, GraphBuilder, openBatch, sizeOf, writeModel, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';

const [code, side] = [12, 8];

function network(build: (g: GraphBuilder, weight: (shape: readonly number[]) => Value) => Value): Uint8Array {
  const { normal } = randomStream(1, 'small generator');
  const g = new GraphBuilder({ opset: 18 });
  const out = build(g, (shape) => g.constant(f32(shape, Array.from({ length: sizeOf(shape) }, () => 0.3 * normal())), `weight ${shape.join(' ')}`));
  const graph = g.build('net', [g.emit('Identity', [out], {}, [{ dtype: 'f32', shape: out.shape, name: 'out' }])[0]!]);
  return writeModel({ irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: openBatch(graph) });
}

/** A network with random weights, 12 numbers → a picture of 3 × 8 × 8 in 0..1: enough to run what takes a generator. ONNX. */
export const smallGenerator = (): Uint8Array => network((g, weight) => {
  const picture = g.sigmoid(g.matMul(g.input('code', 'f32', [1, code]), weight([code, 3 * side * side])));
  return g.convTranspose(g.reshape(picture, [-1, 3 * side * side, 1, 1].map(Math.abs)), weight([3 * side * side, 3, side, side]));
});

/** Its encoder, with random weights too. ONNX. */
export const smallEncoder = (): Uint8Array => network((g, weight) =>
  g.emit('Flatten', [g.conv(g.input('picture', 'f32', [1, 3, side, side]), weight([code, 3, side, side]))], {}, [{ dtype: 'f32', shape: [1, code] }])[0]!);
