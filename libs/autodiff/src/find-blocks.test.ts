import type { Graph, Node } from '@neuron-atlas/onnx';
import { describe, expect, it } from 'vitest';
import { findBlocks } from './index.js';

const node = (op: string, inputs: string[], output: string, domain = ''): Node => ({ name: `/${output}/${op}`, op, domain, inputs, outputs: [output], attrs: {} });
const model = (nodes: readonly Node[]): { graph: Graph; opsets: ReadonlyMap<string, number> } => ({
  opsets: new Map([['', 18]]),
  graph: { name: 'net', nodes, inputs: [{ name: 'x', dtype: 'f32' }], outputs: [], initializers: new Map() },
});

describe('findBlocks', () => {
  const net = model([
    node('Relu', ['x'], 'a'),
    node('Wavelet', ['a'], 'b', 'com.example'),
    node('Relu', ['b'], 'c'),
    node('Add', ['a', 'c'], 'd'),
    node('Floor', ['a'], 'e'),
    node('Add', ['e', 'a'], 'f'),
    node('Exp', ['e'], 'g'),
    node('Shape', ['x'], 'h'),
    node('ConstantOfShape', ['h'], 'i'),
    node('Reshape', ['a', 'h'], 'j'),
    node('RandomNormal', [], 'k'),
  ]);
  const blocks = findBlocks(net, 'x', ['x', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'i', 'j', 'k', 'nowhere']);

  it('lets through what has a way', () => {
    expect(['x', 'a', 'f', 'j'].filter((name) => blocks.has(name))).toEqual([]);
  });

  it('names the first node without a rule, also where another way goes round it', () => {
    for (const name of ['b', 'c', 'd']) expect(blocks.get(name)).toMatchObject({ code: 'AUTODIFF_NO_RULE', details: { op: 'Wavelet', node: '/b/Wavelet', domain: 'com.example' } });
  });

  it('names the first node that passes no gradient, and why', () => {
    for (const name of ['e', 'g']) expect(blocks.get(name)).toMatchObject({ code: 'AUTODIFF_BLOCKED', details: { op: 'Floor', why: 'zero' } });
    expect(blocks.get('i')).toMatchObject({ code: 'AUTODIFF_BLOCKED', details: { op: 'Shape', why: 'stop' } });
  });

  it('tells what does not depend on the input, and what is not there', () => {
    expect(blocks.get('k')).toMatchObject({ code: 'AUTODIFF_NOT_CONNECTED' });
    expect(blocks.get('nowhere')).toMatchObject({ code: 'AUTODIFF_UNKNOWN_VALUE' });
    expect(() => findBlocks(net, 'image', ['a'])).toThrowError(expect.objectContaining({ code: 'AUTODIFF_UNKNOWN_VALUE' }));
  });

  it('reads attributes: a cast to integers has no gradient', () => {
    const cast = (to: number): Node => ({ ...node('Cast', ['x'], 'y'), attrs: { to: { type: 'int', value: to } } });
    expect(findBlocks(model([cast(7)]), 'x', ['y']).get('y')).toMatchObject({ code: 'AUTODIFF_UNSUPPORTED' });
    expect(findBlocks(model([cast(1)]), 'x', ['y']).size).toBe(0);
  });
});
