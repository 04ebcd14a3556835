import { type GraphBuilder, GraphBuilder as Builder, tensor, toNumbers, type Value, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { gradients } from './index.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const at = Float32Array.from({ length: 241 }, (_, i) => (i - 120) / 20);

/** (x·Φ(x))′ with Φ by its own integral: the midpoint rule over φ from −12 on, in float64. */
const slopes = ((): number[] => {
  const density = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  const step = 1 / 4000;
  let [area, to] = [0, -12];
  return Array.from(at, (x) => {
    for (; to < x - step / 2; to += step) area += step * density(to + step / 2);
    return area + x * density(x);
  });
})();

async function slopesOf(build: (g: GraphBuilder, x: Value) => Value): Promise<{ readonly dx: number[]; readonly ops: readonly string[] }> {
  const g = new Builder({ opset: 20 });
  const x = g.input('x', 'f32', [at.length]);
  const y = build(g, x);
  const before = g.nodes.length;
  const [dx] = gradients(g, { of: y, wrt: [x] });
  const ops = g.nodes.slice(before).map(({ op }) => op);
  await using session = await runtime.load(writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', 20]]), functions: [], metadata: new Map(), graph: g.build('gelu', [dx!]) }));
  return { dx: toNumbers((await session.run({ x: tensor('f32', [at.length], at) }))[dx!.name]!), ops };
}

const furthest = (dx: readonly number[], expected: readonly number[]): number => Math.max(...dx.map((value, i) => Math.abs(value - expected[i]!)));

describe('the derivative of a Gelu', () => {
  it.each<{ readonly form: string; readonly build: (g: GraphBuilder, x: Value) => Value }>([
    { form: '½ · x(1 + erf(x/√2))', build: (g, x) => g.mul(g.mul(x, g.add(g.erf(g.div(x, Math.SQRT2)), 1)), 0.5) },
    { form: '(½x)(erf(x·√½) + 1)', build: (g, x) => g.mul(g.mul(x, 0.5), g.add(1, g.erf(g.mul(x, Math.SQRT1_2)))) },
    { form: 'x · (½(1 + erf(x/√2)))', build: (g, x) => g.mul(x, g.mul(g.add(g.erf(g.div(x, Math.SQRT2)), 1), 0.5)) },
  ])('written out as $form is Φ + xφ, in seven passes', async ({ build }) => {
    const { dx, ops } = await slopesOf(build);
    expect(furthest(dx, slopes)).toBeLessThan(2e-6);
    expect(ops.toSorted()).toEqual(['Add', 'Exp', 'HardSigmoid', 'Mul', 'Mul', 'Mul', 'Sub']);
  });

  it('as an operator is the same', async () => {
    const { dx } = await slopesOf((g, x) => g.unary('Gelu', x));
    expect(furthest(dx, slopes)).toBeLessThan(2e-6);
  });

  it('goes the ordinary way where something reads what only its inside makes', async () => {
    const { dx, ops } = await slopesOf((g, x) => {
      const inside = g.add(g.erf(g.div(x, Math.SQRT2)), 1);
      return g.add(g.mul(g.mul(x, inside), 0.5), inside);
    });
    const more = Array.from(at, (x, i) => slopes[i]! + 2 * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI));
    expect(furthest(dx, more)).toBeLessThan(3e-6);
    expect(ops).not.toContain('HardSigmoid');
  });

  it('is not taken for that of a function that is only like it', async () => {
    const { dx } = await slopesOf((g, x) => g.mul(g.mul(x, g.add(g.erf(g.mul(x, 1)), 1)), 0.5)); // x·Φ(√2 x)
    expect(dx[140]!).toBeCloseTo(0.5 * (1 + 0.8427007929) + Math.exp(-1) / Math.sqrt(Math.PI), 5); // at x = 1: ½(1 + erf 1) + e⁻¹/√π
  });
});
