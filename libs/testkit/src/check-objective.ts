import { gradients } from '@neuron-atlas/autodiff';
import { GraphBuilder, sizeOf, tensor } from '@neuron-atlas/onnx';
import type { Objective } from '@neuron-atlas/objectives';
import { createPluginSet, type Settled } from '@neuron-atlas/plugins';
import { randomStream } from '@neuron-atlas/synthesis';
import { expect, it } from 'vitest';
import { evaluate } from './evaluate.js';

export interface CheckObjectiveOptions {
  readonly params?: Settled;
  /** Sum of the scores of seeded activations of the first shape: a formula that changes without its version is found by it. */
  readonly golden?: number;
}

/** Pictures of a unit that stand together, for an objective that compares them. */
const pictures = 3;

/**
 * What every objective must hold, as tests: one score a row, rows that do not mix (of one that
 * compares the pictures of a unit, rows of different units), and a gradient that agrees with a central
 * difference; with `golden`, the score that its version stands for. `shapes` are activations that it reads, batch and channels first.
 */
export function checkObjective(objective: Objective, shapes: readonly (readonly number[])[], { params: given = {}, golden }: CheckObjectiveOptions = {}): void {
  const { params } = createPluginSet('objective', [objective]).choose(objective.name, given);

  const together = objective.together === true ? pictures : 1;
  const cases = shapes.map(([units = 1, ...rest]) => [units * together, ...rest]).flatMap((shape) => [{ shape, rectified: false }, { shape, rectified: true }]);
  it.each(cases)('scores every row by itself, with the true gradient ($shape, rectified: $rectified)', async ({ shape, rectified }) => {
    const { normal, below } = randomStream(1, shape.join());
    const [batch, channels] = shape as [number, number];
    const unit = Array.from({ length: batch / together }, () => below(channels));
    const units = Array.from({ length: batch }, (_, row) => unit[Math.floor(row / together)]!);
    const g = new GraphBuilder({ opset: 18 });
    const act = g.input('act', 'f32', shape);
    const mask = g.constant(tensor('f32', [batch, channels], Float32Array.from({ length: batch * channels }, (_, i) => (i % channels === units[Math.floor(i / channels)] ? 1 : 0))), 'mask');
    const other = g.constant(tensor('f32', shape, Float32Array.from({ length: sizeOf(shape) }, () => normal())), 'pictured');
    const asked: string[] = [];
    const score = objective.build({ g, target: { tensor: 'act', mask, rectified, together }, params: params as never, tap: (name) => { asked.push(name); return act; }, file: () => { throw new Error(`${objective.name} reads a file`); }, pictured: () => () => other });
    expect([...new Set(asked)]).toEqual([...objective.taps({ tensor: 'act' })]);
    expect(score.shape).toEqual([batch]);
    const [gradient] = gradients(g, { of: score, wrt: [act] });
    const x = Float32Array.from({ length: sizeOf(shape) }, () => normal());
    const at = async (values: Float32Array): Promise<readonly [Float32Array, Float32Array]> => {
      const [s, d] = await evaluate(g, [score, gradient!], { act: tensor('f32', shape, values) });
      return [s!.data as Float32Array, d!.data as Float32Array];
    };
    const [scores, slopes] = await at(x);
    if (golden !== undefined && shape === cases[0]!.shape && !rectified) expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(golden, 4);
    const rowSize = x.length / batch;
    const [moved] = await at(x.map((value, i) => (i < rowSize * together ? value + 1 : value)));
    expect(moved.slice(together)).toEqual(scores.slice(together));
    const direction = Float32Array.from(x, () => normal());
    const h = 1e-3; // small: few elements cross a rectifier's kink on the way
    const along = async (sign: number): Promise<number> => (await at(x.map((value, i) => value + sign * h * direction[i]!)))[0].reduce((a, b) => a + b, 0);
    const slope = slopes.reduce((total, d, i) => total + d * direction[i]!, 0);
    expect(slope).toBeCloseTo((await along(1) - await along(-1)) / (2 * h), 2);
  });
}
