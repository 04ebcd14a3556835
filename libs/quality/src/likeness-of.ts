import { GraphBuilder, tensor, writeModel, type Runtime } from '@neuron-atlas/onnx';
import type { Percept } from './similarity.js';

/** How alike two pictures are, -1..1, by what networks make of them. */
export type Likeness = (a: Percept, b: Percept) => number;

/**
 * The similarity (similarity.ts) of all pairs of some pictures, as one product of matrices, in float32: n pictures take 4n² bytes. Thousands of
 * pictures that several networks see are too many to be compared pair by pair. What comes out knows these very percepts and no others, not even equal ones.
 */
export async function likenessOf(runtime: Runtime, pictures: readonly Percept[]): Promise<Likeness> {
  const count = pictures.length;
  if (count === 0) return () => { throw new Error('likenessOf: no pictures were given'); };
  const layers = pictures[0]!.length;
  const width = pictures[0]!.reduce((sum, { length }) => sum + length, 0);
  const rows = new Float32Array(count * width);
  for (const [row, percept] of pictures.entries()) {
    let at = row * width;
    for (const layer of percept) {
      for (let i = 0; i < layer.length; i++) rows[at + i] = layer[i]! / Math.sqrt(layers); // the mean over layers is one product of these
      at += layer.length;
    }
  }
  const g = new GraphBuilder({ opset: 18 });
  const seen = g.input('seen', 'f32', [count, width]);
  const product = g.emit('MatMul', [seen, g.transpose(seen, [1, 0])], {}, [{ dtype: 'f32', shape: [count, count], name: 'likeness' }])[0]!;
  await using session = await runtime.load(writeModel({ irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('likeness', [product]) }));
  const likeness = (await session.run({ seen: tensor('f32', [count, width], rows) }))['likeness']!.data as Float32Array;
  const places = new Map(pictures.map((picture, i) => [picture, i]));
  const placeOf = (picture: Percept): number => {
    const found = places.get(picture);
    if (found === undefined) throw new Error('likenessOf: the picture is not among those given');
    return found;
  };
  return (a, b) => likeness[placeOf(a) * count + placeOf(b)]!;
}
