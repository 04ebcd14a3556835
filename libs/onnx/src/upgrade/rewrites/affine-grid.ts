import { intOr, ints } from '../../attribute.js';
import { f32, toNumbers } from '../../tensor.js';
import { defineRewrite } from '../op-rewrite.js';

/** Of opset 20: the places (x, y, 1) of a picture of constant size, moved by θ of [N, 2, 3]; a product with constants, as spatial transformers write it. */
export const affineGrid = defineRewrite({
  domain: '',
  ops: ['AffineGrid'],
  opsets: [20, Infinity],
  rewrite: (node, { write, constant, constantOf, ints: list, refuse }) => {
    const [theta, size] = node.inputs as [string, string];
    const known = constantOf(size);
    if (known === undefined) throw refuse(node, 'its size is not a constant');
    const [, , height, width, ...more] = toNumbers(known);
    if (height === undefined || width === undefined || more.length > 0) throw refuse(node, 'its size is not that of pictures');
    const aligned = intOr(node.attrs, 'align_corners', 0) === 1;
    // PyTorch puts a single row in the middle, ONNX Runtime at the end.
    if (aligned && Math.min(height, width) === 1) throw refuse(node, 'where a single row lies is not the same everywhere');
    // The middles of pixels lie within −1..1, or those at the border on it.
    const place = (i: number, count: number): number => (aligned ? (2 * i) / (count - 1) - 1 : (2 * i + 1) / count - 1);
    const places = Array.from({ length: height * width }, (_, i) => [place(i % width, width), place(Math.floor(i / width), height), 1]).flat();
    const moved = write('MatMul', [constant(f32([height * width, 3], places)), write('Transpose', [theta], { perm: ints([0, 2, 1]) })]);
    write('Reshape', [moved, list([0, height, width, 2])], {}, node.outputs[0]);
  },
});
