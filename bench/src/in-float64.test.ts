import { dtypeCode, f32, int, type StaticGraph } from '@neuron-atlas/onnx';
import { describe, expect, it } from 'vitest';
import { inFloat64 } from './in-float64.js';

describe('inFloat64', () => {
  it('widens numbers, casts and types, and leaves the scales of a Resize', () => {
    const graph: StaticGraph = {
      opset: 18,
      input: { name: 'x', dtype: 'f32', shape: [1, 1, 2, 2] },
      nodes: [
        { name: 'resize', op: 'Resize', domain: '', inputs: ['x', '', 'scales'], outputs: ['large'], attrs: {} },
        { name: 'cast', op: 'Cast', domain: '', inputs: ['large'], outputs: ['cast'], attrs: { to: int(dtypeCode.f32) } },
        { name: 'mul', op: 'Mul', domain: '', inputs: ['cast', 'w'], outputs: ['y'], attrs: {} },
      ],
      initializers: new Map([['scales', f32([4], [1, 1, 2, 2])], ['w', f32([], [0.1])]]),
      types: new Map([['x', { dtype: 'f32', shape: [1, 1, 2, 2] }], ['scales', { dtype: 'f32', shape: [4] }], ['w', { dtype: 'f32', shape: [] }], ['y', { dtype: 'f32', shape: [1, 1, 4, 4] }]]),
      outputs: ['y'],
    };
    const wide = inFloat64(graph);
    expect(wide.input.dtype).toBe('f64');
    expect(wide.initializers.get('scales')).toBe(graph.initializers.get('scales'));
    expect(wide.initializers.get('w')!.data).toEqual(Float64Array.of(Math.fround(0.1)));
    expect(wide.nodes[1]!.attrs['to']).toEqual(int(dtypeCode.f64));
    expect([...wide.types].map(([name, { dtype }]) => [name, dtype])).toEqual([['x', 'f64'], ['scales', 'f32'], ['w', 'f64'], ['y', 'f64']]);
  });
});
