import { f32, GraphBuilder, toNumbers, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { generatorFile, smallCanvas } from '../generator.fixture.js';
import { generator } from './generator.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const latent = [-9, -3, -0.5, 0.5, 3, 9, 9, 3, 0.5, -0.5, -3, -9];

/** What the step after the optimiser's makes of two codes of six components, and how many operators it takes. */
async function constrained(lower: readonly number[], upper: readonly number[], keep: number) {
  const params = { model: 'model', range: 'range', start: '', keep, scale: 1, black: 0, white: 1, fit: 'crop' };
  const files: Readonly<Record<string, Uint8Array>> = { model: generatorFile(), range: new TextEncoder().encode(JSON.stringify({ lower, upper })) };
  const prepared = await generator.prepare!({ canvas: smallCanvas, params, file: (param: string) => files[param]!, runtime } as unknown as Parameters<NonNullable<typeof generator.prepare>>[0]);
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('x', 'f32', [2, 6]);
  const y = generator.constrain!({ g, latent: x, canvas: smallCanvas, params, prepared } as unknown as Parameters<NonNullable<typeof generator.constrain>>[0]);
  await using session = await runtime.load(writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('constrain', [y]) }));
  return { nodes: g.nodes.length, code: toNumbers((await session.run({ x: f32([2, 6], latent) }))[y.name]!) };
}

describe('a code after a step', () => {
  it.each([
    { name: 'from 0 on', lower: [0, 0, 0, 0, 0, 0], upper: [1, 2, 3, 4, 5, 6] },
    { name: 'around 0', lower: [-1, -2, -3, -4, -5, -6], upper: [6, 5, 4, 3, 2, 1] },
    { name: 'some of which lie above or below 0', lower: [1, -4, 2, -5, -1, 0.1], upper: [2, -1, 3, -4.9, 1, 8] },
  ])('is within ranges $name, however much it is shrunk', async ({ lower, upper }) => {
    for (const keep of [1, 0.99, 0.5, 0]) {
      const { code } = await constrained(lower, upper, keep);
      code.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(Math.fround(lower[i % 6]!));
        expect(value).toBeLessThanOrEqual(Math.fround(upper[i % 6]!));
      });
    }
  });

  it('is keep · clip(code), as published, where every range holds 0', async () => {
    const { code, nodes } = await constrained([0, 0, 0, 0, 0, 0], [4, 4, 4, 4, 4, 4], 0.5);
    expect(code).toEqual(latent.map((value) => 0.5 * Math.min(Math.max(value, 0), 4)));
    expect(nodes).toBe(3);
  });
});
