import fc from 'fast-check';
import { GraphBuilder, tensor } from '@neuron-atlas/onnx';
import { evaluate } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { accuracy, crossEntropy } from './index.js';

async function scores(logits: readonly (readonly number[])[], targets: readonly (readonly number[])[]): Promise<readonly [loss: number, accuracy: number]> {
  const g = new GraphBuilder({ opset: 18 });
  const shape = [logits.length, logits[0]!.length];
  const [x, t] = [g.input('x', 'f32', shape), g.input('t', 'f32', shape)];
  const out = await evaluate(g, [crossEntropy(g, x, t), accuracy(g, x, t)], {
    x: tensor('f32', shape, Float32Array.from(logits.flat())), t: tensor('f32', shape, Float32Array.from(targets.flat())),
  });
  return out.map(({ data }) => (data as Float32Array)[0]!) as [number, number];
}

describe('crossEntropy', () => {
  it('is the log of the number of classes where all logits are equal', async () => {
    expect((await scores([[3, 3, 3, 3]], [[0, 1, 0, 0]]))[0]).toBeCloseTo(Math.log(4), 6);
  });

  it('stays finite and exact for logits beyond the range of Exp', async () => {
    expect((await scores([[1000, 0], [-1000, -1003]], [[0, 1], [1, 0]]))[0]).toBeCloseTo((1000 + Math.log1p(Math.exp(-3))) / 2, 3);
  });

  it('is −Σ t · log softmax, averaged over the rows, for targets that are shares too', async () => {
    const number = fc.double({ min: -8, max: 8, noNaN: true });
    const row = fc.record({ logits: fc.array(number, { minLength: 3, maxLength: 3 }), at: fc.double({ min: 0, max: 1, noNaN: true }) });
    await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 4 }), async (rows) => {
      const targets = rows.map(({ at }) => [at, 1 - at, 0]);
      const expected = rows.reduce((sum, { logits }, n) => {
        const total = logits.reduce((z, value) => z + Math.exp(value), 0);
        return sum - logits.reduce((part, value, k) => part + targets[n]![k]! * Math.log(Math.exp(value) / total), 0);
      }, 0) / rows.length;
      expect((await scores(rows.map(({ logits }) => logits), targets))[0]).toBeCloseTo(expected, 4);
    }), { numRuns: 25 });
  });
});

describe('accuracy', () => {
  it('is the share of rows whose largest logit is the target', async () => {
    const targets = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]];
    expect((await scores([[2, 1, 0], [2, 1, 0], [0, -1, 4], [-9, -8, -7]], targets))[1]).toBeCloseTo(0.75, 6);
  });
});
