import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { randomStream } from '@neuron-atlas/synthesis';
import { describe, expect, it } from 'vitest';
import { likenessOf, perceptOf, similarity } from './index.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const { normal } = randomStream(2, 'pictures');
const pictures = Array.from({ length: 12 }, () => perceptOf([3, 5, 7].map((length) => Float32Array.from({ length }, normal)), undefined));

describe('the likeness of all pairs of pictures', () => {
  it('is their similarity', async () => {
    const alike = await likenessOf(runtime, pictures);
    for (const a of pictures) for (const b of pictures) expect(alike(a, b)).toBeCloseTo(similarity(a, b), 6);
  });

  it('says so where a picture is none of them', async () => {
    const alike = await likenessOf(runtime, pictures.slice(1));
    expect(() => alike(pictures[0]!, pictures[1]!)).toThrow('not among those given');
    const none = await likenessOf(runtime, []);
    expect(() => none(pictures[0]!, pictures[1]!)).toThrow('no pictures');
  });
});
