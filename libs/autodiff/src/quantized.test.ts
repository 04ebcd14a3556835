import { evaluate } from '@neuron-atlas/testkit';
import { f32, GraphBuilder, int, tensor, toNumbers, type Value } from '@neuron-atlas/onnx';
import { describe, expect, it } from 'vitest';
import { gradients } from './index.js';

const quantize = (g: GraphBuilder, x: Value, scale: number): Value =>
  g.emit('QuantizeLinear', [x, g.constant(f32([], [scale])), g.constant(tensor('i8', [], Int8Array.of(0)))], {}, [{ dtype: 'i8', shape: x.shape }])[0]!;
const dequantize = (g: GraphBuilder, q: Value, scale: number): Value =>
  g.emit('DequantizeLinear', [q, g.constant(f32([], [scale])), g.constant(tensor('i8', [], Int8Array.of(0)))], {}, [{ dtype: 'f32', shape: q.shape }])[0]!;

describe('a quantised network', () => {
  it('passes its gradient straight through where the numbers fit, and not where they are cut off', async () => {
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [2, 3]);
    // What lies between the two is of whole numbers, its gradient real.
    const turned = g.transpose(quantize(g, x, 0.25), [1, 0]);
    const y = dequantize(g, turned, 0.25);
    const [dx] = gradients(g, { of: y, seed: g.constant(f32([3, 2], [1, 2, 3, 4, 5, 6])), wrt: [x] });
    const feed = f32([2, 3], [0.1, -31, 31.8, 40, -33, 0]);
    const [rounded, slopes] = await evaluate(g, [y, g.identity(dx!)], { x: feed });
    expect(toNumbers(rounded!)).toEqual([0, 31.75, -31, -32, 31.75, 0]);
    expect(toNumbers(slopes!)).toEqual([1, 3, 5, 0, 0, 6]);
  });

  it('has the gradient of its weights by their scales, each channel with its own', async () => {
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [1, 2, 3, 3]);
    const weights = g.emit('DequantizeLinear', [g.constant(tensor('i8', [2, 2, 1, 1], Int8Array.of(4, -8, 16, 32))), g.constant(f32([2], [0.5, 0.25]))], { axis: int(0) }, [{ dtype: 'f32', shape: [2, 2, 1, 1] }])[0]!;
    const [dx] = gradients(g, { of: g.conv(x, weights), seed: g.constant(f32([1, 2, 3, 3], Array.from({ length: 18 }, (_, i) => (i < 9 ? 1 : 10)))), wrt: [x] });
    const [slopes] = await evaluate(g, [g.identity(dx!)], { x: f32([1, 2, 3, 3], Array.from({ length: 18 }, () => 0)) });
    // 1 · 2 + 10 · 4 for the first channel of the picture, 1 · −4 + 10 · 8 for the second.
    expect(toNumbers(slopes!)).toEqual([...Array.from({ length: 9 }, () => 42), ...Array.from({ length: 9 }, () => 76)]);
  });
});
