import { GraphBuilder, intsOr, type Node, type Runtime, sizeOf, tensor, type Tensor, type Value, writeModel } from '@neuron-atlas/onnx';
import { gradients } from '@neuron-atlas/autodiff';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyMove, type Move, moveKinds } from '../../test/random-network.js';
import { staticGraphOf } from '../../test/static-graph-of.js';
import { boxAt, type InputBox } from './box-at.js';
import { receptiveFields } from './receptive-fields.js';

const move: fc.Arbitrary<Move> = fc.record({ kind: fc.nat(moveKinds - 1), a: fc.array(fc.nat(59), { minLength: 12, maxLength: 12 }) });
const network = fc.record({
  seed: fc.nat(),
  size: fc.oneof({ weight: 1, arbitrary: fc.tuple(fc.integer({ min: 14, max: 30 })) }, { weight: 4, arbitrary: fc.tuple(fc.integer({ min: 10, max: 20 }), fc.integer({ min: 10, max: 20 })) },
    { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 5, max: 8 }), fc.integer({ min: 5, max: 8 }), fc.integer({ min: 5, max: 8 })) }),
  moves: fc.array(move, { minLength: 2, maxLength: 9 }),
});

/** So large that a maximum always falls on what it reaches, however diluted by the sums of the layers before. */
const loud = 1e12;

interface World extends AsyncDisposable {
  readonly shape: readonly number[];
  /** The unit's value and its gradient for each of some pictures. */
  readonly run: (pictures: readonly Float32Array[]) => Promise<{ readonly values: readonly number[]; readonly slopes: readonly Float32Array[] }>;
  readonly box: InputBox | undefined;
  readonly exact: boolean;
  readonly nodes: readonly Node[];
}

async function build(runtime: Runtime, { seed, size, moves }: { readonly seed: number; readonly size: readonly number[]; readonly moves: readonly Move[] }): Promise<World> {
  const random = seeded(seed);
  const rows = 1 + 2 * size.length;
  const shape = [rows, 2, ...size];
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('picture', 'f32', shape);
  const made: Value[] = [x];
  for (const step of moves) made.push(applyMove(g, made.at(-1)!, made, step, random));
  const y = g.identity(made.at(-1)!);
  const field = receptiveFields(staticGraphOf(g, x, [y])).get(y.name)!;
  const place = [0, ...y.shape.slice(1).map((length) => Math.floor(random() * length))];
  // The same unit at the same place of every row.
  const at = place.slice(1).reduce((index, p, axis) => index * y.shape[axis + 1]! + p, 0);
  const seedOf = new Float32Array(sizeOf(y.shape));
  const perRow = seedOf.length / rows;
  for (let row = 0; row < rows; row++) seedOf[row * perRow + at] = 1;
  const [slope] = gradients(g, { of: y, seed: g.constant(tensor('f32', y.shape, seedOf)), wrt: [x] });
  const out = g.identity(slope!);
  // As written: the runtime's own joining of a Pad and the pool behind it refuses pads wider than the pool.
  const session = await runtime.load(writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('test', [y, out]) }), { optimize: 'none' });
  return {
    shape, box: boxAt(field, place), exact: field.bound === undefined, nodes: [...g.nodes].slice(0, g.nodes.findIndex(({ outputs }) => outputs.includes(y.name))),
    run: async (pictures) => {
      const per = sizeOf(shape) / rows;
      const data = new Float32Array(sizeOf(shape));
      for (let row = 0; row < rows; row++) data.set(pictures[Math.min(row, pictures.length - 1)]!, row * per);
      const result = await session.run({ picture: tensor('f32', shape, data) });
      const [values, found] = [result[y.name]! as Tensor, result[out.name]! as Tensor];
      return {
        values: pictures.map((_, row) => (values.data as Float32Array)[row * perRow + at]!),
        slopes: pictures.map((_, row) => (found.data as Float32Array).slice(row * per, (row + 1) * per)),
      };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Whether the element at a flat index of one picture [C, …] lies in a box. */
const inside = (index: number, shape: readonly number[], { start, end }: InputBox): boolean => {
  let rest = index;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const at = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
    if (at < start[axis - 1]! || at >= end[axis - 1]!) return false;
  }
  return true;
};

/** Whether a box can have no holes: a chain of windows that leave nothing out, whose every place counts. */
const leavesNothingOut = ({ op, attrs }: Node): boolean =>
  ['Relu', 'BatchNormalization', 'Pad'].includes(op) || (['Conv', 'AveragePool'].includes(op)
    && intsOr(attrs, 'dilations', []).every((d) => d === 1) && intsOr(attrs, 'kernel_shape', []).every((k, i) => k >= intsOr(attrs, 'strides', [])[i]!));

describe('the receptive fields of random networks of positive weights', () => {
  let runtime: Runtime;
  beforeAll(async () => { runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 }); });

  it('are what the gradient says, and nothing outside changes the activation by a bit', async () => {
    const seen = new Map<string, number>();
    let [blind, solid] = [0, 0];
    await fc.assert(fc.asyncProperty(network, async (drawn) => {
      await using world = await build(runtime, drawn);
      const { shape, box } = world;
      for (const op of new Set(world.nodes.map((node) => node.op))) seen.set(op, (seen.get(op) ?? 0) + 1);
      expect(world.exact).toBe(true);
      const random = seeded(drawn.seed + 1);
      const picture = Float32Array.from({ length: sizeOf(shape.slice(1)) }, () => 0.5 + random());
      const nowhere: InputBox = { start: shape.slice(1).map(() => 0), end: shape.slice(1).map(() => 0) };
      const outside = (level: () => number): Float32Array => picture.map((value, i) => (inside(i, shape, box ?? nowhere) ? value : level()));

      // Each alone in the first row: how sums are rounded may differ from row to row.
      const [value, ...others] = await Promise.all([picture, outside(() => loud * random()), outside(() => -loud * random())].map(async (one) => (await world.run([one])).values[0]));
      expect(others).toEqual([value, value]);
      if (box === undefined) { blind++; return; }

      // Each border of the box made loud in turn: where there are maxima, only then do they show that they reach it.
      const borders = shape.slice(2).flatMap((_, i) => [box.start[i + 1]!, box.end[i + 1]! - 1].map((at) => ({ axis: i + 2, at })));
      const alongAxis = (index: number, axis: number): number => Math.floor(index / sizeOf(shape.slice(axis + 1))) % shape[axis]!;
      const { slopes } = await world.run([picture, ...borders.map(({ axis, at }) => picture.map((value, i) => (alongAxis(i, axis) === at ? loud * value : value)))]);
      for (const slope of slopes) for (const [i, value] of slope.entries()) if (value !== 0 && !inside(i, shape, box)) expect.fail(`a gradient outside the box, at ${i}`);
      if (world.nodes.every(leavesNothingOut)) {
        solid++;
        const places = sizeOf(shape.slice(2));
        for (let at = 0; at < places; at++) {
          const reached = Array.from({ length: shape[1]! }, (_, c) => slopes[0]![c * places + at]).some((value) => value !== 0);
          expect(reached, `place ${at}`).toBe(Array.from({ length: shape[1]! }, (_, c) => inside(c * places + at, shape, box)).includes(true));
        }
      }
      borders.forEach(({ axis, at }, i) => {
        expect(slopes[i + 1]!.some((value, index) => value !== 0 && alongAxis(index, axis) === at), `axis ${axis} at ${at}`).toBe(true);
      });
    }), { numRuns: 300, seed: 20261125 });
    expect(blind).toBeLessThan(60);
    expect(solid).toBeGreaterThanOrEqual(12);
    for (const op of ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'Pad', 'Slice', 'Resize', 'Add', 'Concat', 'SpaceToDepth', 'DepthToSpace', 'MatMul', 'GlobalAveragePool', 'BatchNormalization']) {
      expect(seen.get(op) ?? 0, op).toBeGreaterThanOrEqual(4);
    }
  }, 240_000);
});
