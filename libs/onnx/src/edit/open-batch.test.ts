import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph-builder.js';
import { openBatch } from './open-batch.js';

describe('a graph with an open batch', () => {
  it('takes and gives any number of rows, and is otherwise the graph that it was', () => {
    const g = new GraphBuilder({ opset: 18 });
    const graph = g.build('net', [g.relu(g.input('x', 'f32', [2, 3, 4]))]);
    const opened = openBatch(graph);
    expect([...opened.inputs, ...opened.outputs].map(({ shape }) => shape)).toEqual([['N', 3, 4], ['N', 3, 4]]);
    expect({ ...opened, inputs: graph.inputs, outputs: graph.outputs }).toEqual(graph);
    expect(graph.inputs[0]!.shape).toEqual([2, 3, 4]);
  });
});
