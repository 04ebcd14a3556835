import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GraphBuilder, int, tensor, writeModel, type Model, type Tensor, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';

export const side = 16;
/** Features of each dense layer: a matrix of theirs has 576 MiB. */
export const wide = 12_288;
export const denseLayers = 4;
const block = 2 ** 18;

/**
 * Four dense layers of 12,288 features behind a convolution, 2.4 GB in `large.data` beside `large.onnx`, the second of them
 * with a Transpose before its weights, as newer exporters write them. Gives the path of the model.
 *
 * A matrix is one block of a megabyte over and over, each time from another of its rows on and in another sign: drawing
 * half a billion numbers would take longer than the rest of the test.
 */
export async function writeLargeNetwork(folder: string): Promise<{ readonly path: string; readonly dataBytes: number }> {
  const { normal } = randomStream(9, 'large');
  const drawn = Float32Array.from({ length: block }, () => normal() / Math.sqrt(wide));
  const negated = drawn.map((value) => -value);
  await using data = await open(join(folder, 'large.data'), 'w');
  let dataBytes = 0;
  const matrix = async (number: number): Promise<Tensor> => {
    const offset = dataBytes;
    for (let part = 0; part < (wide * wide) / block; part++) {
      const turn = ((part * 7919 + number * 104_729) % 31) * 8192;
      const source = (part + number) % 3 === 0 ? negated : drawn;
      for (const piece of [source.subarray(turn), source.subarray(0, turn)]) {
        await data.write(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
        dataBytes += piece.byteLength;
      }
    }
    return { dtype: 'f32', shape: [wide, wide], source: { kind: 'file', path: join(folder, 'large.data'), offset, length: dataBytes - offset }, get data(): never { throw new Error('unreachable: the fixture refers to its weights'); } };
  };
  const g = new GraphBuilder({ opset: 18 });
  const kernel = tensor('f32', [48, 3, 3, 3], Float32Array.from({ length: 1296 }, () => 0.3 * normal()));
  const image = g.input('image', 'f32', [1, 3, side, side]);
  const maps = g.emit('Conv', [image, g.constant(kernel, 'maps.weight')], { pads: { type: 'ints', value: [1, 1, 1, 1] } }, [{ dtype: 'f32', shape: [1, 48, side, side], name: 'maps' }])[0]!;
  let value: Value = g.reshape(maps, [1, wide]);
  for (let number = 1; number <= denseLayers; number++) {
    const weights = g.constant(await matrix(number), `dense${number}.weight`);
    const made = { dtype: 'f32', shape: [1, wide], name: `dense${number}` } as const;
    value = g.relu(value);
    value = number === 2 ? g.emit('MatMul', [value, g.transpose(weights, [1, 0])], {}, [made])[0]! : g.emit('Gemm', [value, weights], { transB: int(1) }, [made])[0]!;
  }
  const model: Model = { irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('large', [value]) };
  const path = join(folder, 'large.onnx');
  await writeFile(path, writeModel(model, ({ offset }) => ({ location: 'large.data', offset })));
  return { path, dataBytes };
}
