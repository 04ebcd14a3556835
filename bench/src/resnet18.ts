import { GraphBuilder, i64, ints, tensor, type Model, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';

/** ResNet-18 at 224 px with random weights, normalisation already in them: for what a step takes, their values do not matter. */
export function resnet18(): Model {
  const g = new GraphBuilder({ opset: 18 });
  const { normal } = randomStream(0, 'weights');
  const drawn = (name: string, shape: readonly number[], fanIn: number): Value =>
    g.constant(tensor('f32', shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => normal() * Math.sqrt(2 / fanIn))), name);
  const conv = (x: Value, name: string, channels: number, kernel: number, stride: number): Value => {
    const from = x.shape[1]!;
    return g.conv(x, drawn(`${name}.weight`, [channels, from, kernel, kernel], from * kernel * kernel), drawn(`${name}.bias`, [channels], 100),
      { strides: [stride, stride], pads: Array.from({ length: 4 }, () => (kernel - 1) / 2) });
  };
  const image = g.input('image', 'f32', [1, 3, 224, 224]);
  const stem = g.relu(conv(image, 'conv1', 64, 7, 2));
  let x = g.emit('MaxPool', [stem], { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, [{ dtype: 'f32', shape: [1, 64, 56, 56] }])[0]!;
  [64, 128, 256, 512].forEach((channels, stage) => {
    for (const block of [0, 1]) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const name = `layer${stage + 1}.${block}`;
      const straight = conv(g.relu(conv(x, `${name}.conv1`, channels, 3, stride)), `${name}.conv2`, channels, 3, 1);
      x = g.relu(g.add(straight, stride === 1 ? x : conv(x, `${name}.downsample`, channels, 1, 2)));
    }
  });
  const pooled = g.emit('GlobalAveragePool', [x], {}, [{ dtype: 'f32', shape: [1, 512, 1, 1] }])[0]!;
  const flat = g.emit('Reshape', [pooled, g.constant(i64([2], [0, 512]), 'flat')], {}, [{ dtype: 'f32', shape: [1, 512] }])[0]!;
  const logits = g.emit('Gemm', [flat, drawn('fc.weight', [1000, 512], 512), drawn('fc.bias', [1000], 100)], { transB: { type: 'int', value: 1 } }, [{ dtype: 'f32', shape: [1, 1000] }])[0]!;
  return { irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('resnet18', [logits]) };
}
