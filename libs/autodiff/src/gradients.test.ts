import { evaluate } from '@neuron-atlas/testkit';
import { f32, graphAttribute, GraphBuilder, i64, int, ints, tensor, toNumbers, type Value } from '@neuron-atlas/onnx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRuleSet, gradients, rules } from './index.js';

const builder = (): GraphBuilder => new GraphBuilder({ opset: 18 });
const ones = (g: GraphBuilder, shape: readonly number[]): Value => g.constant(f32(shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1)));
const emitted = (g: GraphBuilder): string[] => g.nodes.filter(({ name }) => name.startsWith('grad/')).map(({ op }) => op);

describe('gradients', () => {
  it('adds what comes by several ways: d(x² + x) = 2x + 1', async () => {
    const g = builder();
    const x = g.input('x', 'f32', [3]);
    const [dx] = gradients(g, { of: g.add(g.mul(x, x), x), wrt: [x] });
    const [result] = await evaluate(g, [g.identity(dx!)], { x: f32([3], [-1, 0, 2]) });
    expect(toNumbers(result!)).toEqual([-1, 1, 5]);
  });

  it('sums the elements of the value, or weighs them by a seed', async () => {
    const g = builder();
    const x = g.input('x', 'f32', [2, 2]);
    const y = g.mul(x, x);
    const [plain] = gradients(g, { of: y, wrt: [x] });
    const [weighed] = gradients(g, { of: y, seed: g.constant(f32([2, 2], [1, 0, 0, 10])), wrt: [x] });
    const out = await evaluate(g, [g.identity(plain!), g.identity(weighed!)], { x: f32([2, 2], [1, 2, 3, 4]) });
    expect(out.map(toNumbers)).toEqual([[2, 4, 6, 8], [2, 0, 0, 80]]);
  });

  it('gives the gradients of several values in one pass, of inner ones and of the value itself too', async () => {
    const g = builder();
    const [x, w] = [g.input('x', 'f32', [2, 3]), g.input('w', 'f32', [3, 2])];
    const h = g.matMul(x, w);
    const y = g.mul(h, h);
    const all = gradients(g, { of: y, wrt: [x, w, h, y] });
    const out = await evaluate(g, all.map((value) => g.identity(value)), { x: f32([2, 3], [1, 0, 0, 0, 1, 0]), w: f32([3, 2], [1, 2, 3, 4, 5, 6]) });
    expect(out.map(toNumbers)).toEqual([[10, 22, 34, 22, 50, 78], [2, 4, 6, 8, 0, 0], [2, 4, 6, 8], [1, 1, 1, 1]]);
  });

  it.each<{ readonly what: string; readonly of: (g: GraphBuilder, x: Value) => Value }>([
    { what: 'a Gelu that is written out', of: (g, x) => {
      const h = g.sigmoid(x);
      return g.add(g.mul(g.mul(h, 0.5), g.add(1, g.unary('Erf', g.mul(h, Math.SQRT1_2)))), h);
    } },
    { what: 'strided convolutions', of: (g, x) => g.add(g.conv(x, ones(g, [16, 16, 3, 3]), undefined, { strides: [2, 2], pads: [1, 1, 1, 1] }), g.conv(x, ones(g, [16, 16, 1, 1]), undefined, { strides: [2, 2] })) },
    { what: 'a pooled convolution of a picture', of: (g, x) => {
      const picture = g.slice(x, [0], [3], [1]);
      const first = g.relu(g.conv(picture, ones(g, [16, 3, 3, 3]), undefined, { strides: [2, 2], pads: [1, 1, 1, 1] }));
      const pooled = g.emit('MaxPool', [first], { kernel_shape: ints([3, 3]), strides: ints([2, 2]) }, [{ dtype: 'f32', shape: [1, 16, 3, 3] }])[0]!;
      return g.add(g.sum(pooled, [0, 1, 2, 3]), g.sum(picture, [0, 1, 2, 3]));
    } },
  ])('names all that it emits after the node that it is of, sums of several ways too: $what', ({ of }) => {
    const g = builder();
    const x = g.input('x', 'f32', [1, 16, 16, 16]);
    const y = of(g, x);
    const before = g.nodes.length;
    gradients(g, { of: y, wrt: [x] });
    expect(g.nodes.slice(before).map(({ name }) => name).filter((name) => !name.startsWith('grad/'))).toEqual([]);
    expect(g.nodes.slice(before).some(({ op }) => op === 'Add')).toBe(true);
  });

  it('sums the axes that were broadcast', async () => {
    const g = builder();
    const [x, b] = [g.input('x', 'f32', [2, 3]), g.input('b', 'f32', [3])];
    const out = await evaluate(g, gradients(g, { of: g.mul(x, b), wrt: [b] }).map((value) => g.identity(value)), { x: f32([2, 3], [1, 2, 3, 4, 5, 6]), b: f32([3], [1, 1, 1]) });
    expect(out.map(toNumbers)).toEqual([[5, 7, 9]]);
  });

  it('visits only what lies between, and names what it emits after the node', () => {
    const g = builder();
    const x = g.input('x', 'f32', [2]);
    const aside = g.emit('Multinomial', [x], {}, [{ dtype: 'i32', shape: [2] }])[0]!;
    const y = g.within('net', () => g.tanh(x));
    g.sigmoid(y);
    gradients(g, { of: y, wrt: [x] });
    expect(aside.dtype).toBe('i32');
    expect(emitted(g)).toEqual(['Mul', 'Sub', 'Mul']);
    expect(g.nodes.filter(({ name }) => name.startsWith('grad/')).every(({ name }) => name.startsWith(`grad/${g.producer(y.name)!.name}/`))).toBe(true);
  });

  it('takes values to skip as constant', async () => {
    const g = builder();
    const x = g.input('x', 'f32', [2]);
    const gate = g.sigmoid(x);
    const [dx] = gradients(g, { of: g.mul(x, gate), wrt: [x], skip: [gate] });
    const [result, expected] = await evaluate(g, [g.identity(dx!), gate], { x: f32([2], [0, 1]) });
    expect(result).toEqual(expected);
  });

  it('names an operator without a rule, its node, and the operators most like it', () => {
    const g = builder();
    const x = g.input('x', 'f32', [4]);
    const y = g.within('head', () => g.emit('Tanhh', [x], {}, [{ dtype: 'f32', shape: [4] }])[0]!);
    const failing = (): unknown => gradients(g, { of: g.relu(y), wrt: [x] });
    expect(failing).toThrowError(expect.objectContaining({ code: 'AUTODIFF_NO_RULE' }));
    expect(failing).toThrowError(/no rule for Tanhh \(opset 18\) at node head\/Tanhh\.\d+; rules exist for: Tanh, /);
  });

  it('refuses a gradient through a value that a subgraph reads, which its inputs do not show', () => {
    const g = builder();
    const x = g.input('x', 'f32', [2]);
    const captured = g.mul(x, 2);
    const body = g.body();
    const [result] = g.emit('If', [g.constant(tensor('bool', [], Uint8Array.of(1)))], {
      then_branch: graphAttribute(body.build('then', [body.unary('Neg', captured)])), else_branch: graphAttribute(body.build('else', [body.unary('Abs', captured)])),
    }, [{ dtype: 'f32', shape: [2] }]);
    expect(() => gradients(g, { of: g.add(result!, x), wrt: [x] })).toThrowError(/no rule for If/);
  });

  it('says what stops a gradient that cannot come', () => {
    const g = builder();
    const x = g.input('x', 'f32', [2]);
    const stepped = g.unary('Floor', x);
    expect(() => gradients(g, { of: g.mul(stepped, 2), wrt: [x] })).toThrowError(expect.objectContaining({ code: 'AUTODIFF_BLOCKED', details: expect.objectContaining({ op: 'Floor', why: 'zero' }) as unknown }));
    const chosen = g.emit('ArgMax', [x], {}, [{ dtype: 'i64', shape: [1] }])[0]!;
    expect(() => gradients(g, { of: g.cast(chosen, 'f32'), wrt: [x] })).toThrowError(expect.objectContaining({ code: 'AUTODIFF_BLOCKED', details: expect.objectContaining({ op: 'ArgMax', why: 'stop' }) as unknown }));
    // Round it there is a way.
    expect(gradients(g, { of: g.add(stepped, x), wrt: [x] })).toHaveLength(1);
  });

  it('says when there is no path at all', () => {
    const g = builder();
    const [x, z] = [g.input('x', 'f32', [2]), g.input('z', 'f32', [2])];
    expect(() => gradients(g, { of: g.exp(z), wrt: [x] })).toThrowError(expect.objectContaining({ code: 'AUTODIFF_NOT_CONNECTED' }));
    expect(() => gradients(g, { of: g.exp(z), wrt: [z, x] })).toThrowError(expect.objectContaining({ code: 'AUTODIFF_NOT_CONNECTED', details: expect.objectContaining({ wrt: 'x' }) as unknown }));
  });

  it('refuses a seed of another shape, an opset that its rules do not know, and a value of another graph', () => {
    const g = builder();
    const x = g.input('x', 'f32', [2]);
    expect(() => gradients(g, { of: x, seed: g.constant(1), wrt: [x] })).toThrowError(expect.objectContaining({ code: 'AUTODIFF_SEED_MISMATCH' }));
    const old = new GraphBuilder({ opset: 13 });
    const y = old.input('y', 'f32', [2]);
    expect(() => gradients(old, { of: old.exp(y), wrt: [y] })).toThrowError(expect.objectContaining({ code: 'AUTODIFF_OPSET' }));
    expect(() => gradients(g, { of: old.exp(y), wrt: [x] })).toThrowError(expect.objectContaining({ code: 'AUTODIFF_UNKNOWN_VALUE' }));
  });

  it('refuses a gradient that arrives at an output which carries none', () => {
    const g = builder();
    const x = g.input('x', 'f32', [2, 3, 4]);
    const three = ['scale', 'bias', 'mean', 'variance'].map((name) => g.constant(f32([3], [1, 1, 1]), name));
    const [, mean] = g.emit('BatchNormalization', [x, ...three], { training_mode: int(1) }, [{ dtype: 'f32', shape: [2, 3, 4] }, { dtype: 'f32', shape: [3] }, { dtype: 'f32', shape: [3] }]);
    expect(() => gradients(g, { of: mean!, wrt: [x] })).toThrowError(expect.objectContaining({ code: 'AUTODIFF_UNSUPPORTED' }));
  });

  it('takes rules of its own, and refuses two for one version of an operator', () => {
    expect(() => createRuleSet([rules.tanh, rules.tanh])).toThrowError(expect.objectContaining({ code: 'AUTODIFF_DUPLICATE_RULE' }));
    const g = builder();
    const x = g.input('x', 'f32', [2]);
    expect(() => gradients(g, { of: g.tanh(x), wrt: [x], rules: createRuleSet([rules.exp]) })).toThrowError(/rules exist for: Exp/);
  });

  it('agrees with a central difference on random expressions', async () => {
    const step = fc.record({ op: fc.constantFrom('tanh', 'sigmoid', 'add', 'mul', 'sub', 'sum', 'slice', 'max') as fc.Arbitrary<string>, a: fc.nat(20), b: fc.nat(20) });
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }), async (steps, at) => {
      const g = builder();
      const x = g.input('x', 'f64', [4]);
      const values: Value[] = [x];
      for (const { op, a, b } of steps) {
        const [p, q] = [values[a % values.length]!, values[b % values.length]!];
        values.push(op === 'tanh' ? g.tanh(p) : op === 'sigmoid' ? g.sigmoid(p) : op === 'sum' ? g.sum(p, [0], true) : op === 'slice' ? g.slice(p, [0], [1], [0])
          : op === 'add' ? g.add(p, q) : op === 'mul' ? g.mul(p, g.tanh(q)) : op === 'max' ? g.max(g.add(p, 10), q) : g.sub(p, q));
      }
      const y = g.sum(values.reduce((sum, value) => g.add(sum, g.sum(value, [0], true)), x), [0]);
      const [dx] = gradients(g, { of: y, wrt: [x] });
      const out = g.identity(dx!);
      const run = async (numbers: readonly number[]): Promise<{ y: number; dx: number[] }> => {
        const [value, slope] = await evaluate(g, [y, out], { x: tensor('f64', [4], Float64Array.from(numbers)) });
        return { y: toNumbers(value!)[0]!, dx: toNumbers(slope!) };
      };
      const direction = [0.5, -1, 0.25, 1];
      const h = 1e-5;
      const [here, above, below] = [await run(at), await run(at.map((v, i) => v + h * direction[i]!)), await run(at.map((v, i) => v - h * direction[i]!))];
      const expected = here.dx.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      expect(Math.abs((above.y - below.y) / (2 * h) - expected)).toBeLessThanOrEqual(1e-6 * (1 + Math.hypot(...here.dx)));
    }), { numRuns: 25, seed: 3 });
  });
});

describe('the gradient of a pool', () => {
  it('shares a tie among those who hold the maximum, so that a flat picture keeps the sum', async () => {
    const g = builder();
    const x = g.input('x', 'f32', [1, 1, 4, 4]);
    const y = pool(g, x, 2, 2, 0, [1, 1, 2, 2]);
    const [dx] = gradients(g, { of: y, wrt: [x] });
    const [result] = await evaluate(g, [g.identity(dx!)], { x: f32([1, 1, 4, 4], Array.from({ length: 16 }, (_, i) => (i === 0 ? 6 : 5))) });
    expect(toNumbers(result!)).toEqual([1, 0, 0.25, 0.25, 0, 0, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]);
  });

  it('does not give the padding a share where every element is negative', async () => {
    const g = builder();
    const x = g.input('x', 'f32', [1, 1, 2, 2]);
    const y = pool(g, x, 3, 2, 1, [1, 1, 1, 1]);
    const [dx] = gradients(g, { of: y, wrt: [x] });
    const [result] = await evaluate(g, [g.identity(dx!)], { x: f32([1, 1, 2, 2], [-3, -1, -1, -2]) });
    expect(toNumbers(result!)).toEqual([0, 0.5, 0.5, 0]);
  });

  it('masks a Relu that feeds it alone below itself, with the same result', async () => {
    const positions = Array.from({ length: 2 * 2 * 6 * 6 }, (_, i) => Math.sin(i * 1.7) * 3);
    const gradient = async (elsewhere: boolean): Promise<{ values: number[]; masks: (readonly number[])[] }> => {
      const g = builder();
      const x = g.input('x', 'f32', [2, 2, 6, 6]);
      const h = g.relu(x);
      const y = pool(g, h, 3, 2, 1, [2, 2, 3, 3]);
      const of = elsewhere ? g.add(g.sum(y, [0, 1, 2, 3]), g.mul(g.sum(h, [0, 1, 2, 3]), 0)) : y;
      const [dx] = gradients(g, { of, wrt: [x] });
      const [result] = await evaluate(g, [g.identity(dx!)], { x: f32([2, 2, 6, 6], positions) });
      const relu = `grad/${g.producer(h.name)!.name}/`;
      return { values: toNumbers(result!), masks: g.nodes.filter(({ name }) => name.startsWith(relu)).map(({ outputs }) => g.value(outputs[0]!)!.shape) };
    };
    const [below, above] = [await gradient(false), await gradient(true)];
    expect(below.masks).toEqual([]);
    expect(above.masks.length).toBeGreaterThan(0);
    expect(below.values).toEqual(above.values);
  });
});

describe('the gradient of a Concat', () => {
  it('comes part by part from convolutions and pools, and is the same as the whole cut up', async () => {
    const wave = (count: number, pace: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i * pace));
    const gradient = async (inParts: boolean): Promise<{ dx: number[]; slices: number }> => {
      const g = builder();
      const x = g.input('x', 'f32', [1, 8, 9, 9]);
      const weights = (o: number, c: number, k: number): Value => g.constant(f32([o, c, k, k], wave(o * c * k * k, 0.7 + o / 100)));
      const sides = { pads: [1, 1, 1, 1] };
      const both = g.concat([g.relu(g.conv(x, weights(16, 8, 1))), g.relu(g.conv(x, weights(32, 8, 3), undefined, sides))], 1);
      const ends = [g.conv(both, weights(16, 48, 1)), g.conv(pool(g, both, 3, 2, 0, [1, 48, 4, 4]), weights(16, 48, 3)), g.conv(both, weights(16, 48, 3), undefined, { ...sides, strides: [2, 2] })];
      const of = ends.map((end) => g.sum(g.mul(end, end), [0, 1, 2, 3])).reduce((a, b) => g.add(a, b));
      // Asked for itself, the Concat's gradient comes as a whole.
      const [dx] = gradients(g, { of, wrt: inParts ? [x] : [x, both] });
      const [result] = await evaluate(g, [g.identity(dx!)], { x: f32([1, 8, 9, 9], wave(648, 1.3)) });
      const concat = `grad/${g.producer(both.name)!.name}/`;
      return { dx: toNumbers(result!), slices: g.nodes.filter(({ name, op }) => name.startsWith(concat) && op === 'Slice').length };
    };
    const [parts, whole] = [await gradient(true), await gradient(false)];
    expect([parts.slices, whole.slices]).toEqual([0, 2]);
    const size = Math.hypot(...whole.dx);
    expect(Math.hypot(...parts.dx.map((value, i) => value - whole.dx[i]!)) / size).toBeLessThan(1e-6);
  });
});

function pool(g: GraphBuilder, x: Value, kernel: number, stride: number, pad: number, shape: readonly number[]): Value {
  return g.emit('MaxPool', [x], { kernel_shape: ints([kernel, kernel]), strides: ints([stride, stride]), pads: ints([pad, pad, pad, pad]) }, [{ dtype: 'f32', shape }])[0]!;
}

describe('the jitter of an ascent', () => {
  it('puts the gradient of a window where the window was', async () => {
    const g = builder();
    const [x, at] = [g.input('x', 'f32', [1, 1, 3, 4]), g.input('at', 'i64', [2])];
    const [dx] = gradients(g, { of: g.window(x, at, [2, 2], [2, 3]), wrt: [x] });
    const [result] = await evaluate(g, [g.identity(dx!)], { x: f32([1, 1, 3, 4], Array.from({ length: 12 }, () => 0)), at: i64([2], [1, 2]) });
    expect(toNumbers(result!)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
  });
});

describe('the gradient of a Clip', () => {
  it.each([6, 1.7, 0.3])('is zero at both bounds and beyond, and one between (0 … %d)', async (high) => {
    const g = builder();
    const x = g.input('x', 'f32', [1, 16, 1, 6]);
    const y = g.emit('Clip', [x, g.constant(0), g.constant(high)], {}, [{ dtype: 'f32', shape: [1, 16, 1, 6] }])[0]!;
    const [dx] = gradients(g, { of: y, wrt: [x] });
    const row = [-1, 0, 1e-6, high - 1e-6, high, high + 1];
    const [result] = await evaluate(g, [g.identity(dx!)], { x: f32([1, 16, 1, 6], Array.from({ length: 16 }, () => row).flat()) });
    expect(toNumbers(result!)).toEqual(Array.from({ length: 16 }, () => [0, 0, 1, 1, 0, 0]).flat());
  });
});
