import { f32, GraphBuilder, ints, string } from '@neuron-atlas/onnx';
import { describe, expect, it } from 'vitest';
import { gradients } from './index.js';

describe('auto_pad with windows further apart than they are long', () => {
  it.each(['SAME_UPPER', 'SAME_LOWER'])('%s is refused: the format and its runtimes leave out other elements', (auto) => {
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [1, 1, 13, 13]);
    const w = g.constant(f32([1, 1, 3, 3], Array.from({ length: 9 }, (_, i) => i)));
    const y = g.emit('Conv', [x, w], { auto_pad: string(auto), strides: ints([2, 13]) }, [{ dtype: 'f32', shape: [1, 1, 7, 1] }])[0]!;
    expect(() => gradients(g, { of: y, wrt: [x] })).toThrow(expect.objectContaining({ code: 'AUTODIFF_UNSUPPORTED' }));
  });
});
