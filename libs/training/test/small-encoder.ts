import { GraphBuilder, int, ints, openBatch, tensor, writeModel, readModel, type Model, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import type { Encoder, PictureSet } from '../src/index.js';

const size = 16;

/** conv 3 → 4 of stride 2, Relu (`code`), mean, dense to 3 `answers`; weights drawn. */
export function smallEncoder(): Encoder {
  return { model: smallModel(), input: 'image', side: size, channels: 3, code: 'code', comparators: [{ tensor: 'code', weight: 1 }], answers: 'answers', preprocess: (g, image) => g.sub(g.mul(image, 2), 1) };
}

function smallModel(): Model {
  const { normal } = randomStream(3, 'encoder');
  const drawn = (shape: readonly number[], scale: number) => tensor('f32', shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * normal()));
  const g = new GraphBuilder({ opset: 18 });
  const node = (name: string, op: string, inputs: readonly Value[], attrs: Parameters<GraphBuilder['emit']>[2], shape: readonly number[]): Value => g.emit(op, inputs, attrs, [{ dtype: 'f32', shape, name }])[0]!;
  const x = g.input('image', 'f32', [1, 3, size, size]);
  const maps = node('maps', 'Conv', [x, g.constant(drawn([4, 3, 3, 3], 0.4), 'w1')], { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, [1, 4, size / 2, size / 2]);
  const code = node('code', 'Relu', [maps], {}, maps.shape);
  const mean = node('mean', 'GlobalAveragePool', [code], {}, [1, 4, 1, 1]);
  const flat = node('flat', 'Flatten', [mean], { axis: int(1) }, [1, 4]);
  const answers = node('answers', 'Gemm', [flat, g.constant(drawn([4, 3], 1), 'w2')], {}, [1, 3]);
  const graph = g.build('small', [answers]);
  return readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: openBatch(graph) }), { name: 'small.onnx' });
}

/** Discs of a drawn colour and place on grey. */
export function discs(count: number): PictureSet {
  return {
    count, size, channels: 3,
    at: (index) => {
      const { below } = randomStream(5, `disc/${index}`);
      const [x, y, colour] = [4 + below(8), 4 + below(8), [below(256), below(256), below(256)]];
      return Uint8Array.from({ length: size * size * 3 }, (_, at) => {
        const pixel = Math.floor(at / 3);
        return (pixel % size - x) ** 2 + (Math.floor(pixel / size) - y) ** 2 < 12 ? colour[at % 3]! : 128;
      });
    },
  };
}
