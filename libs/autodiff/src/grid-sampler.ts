import { type GraphBuilder, int, type Node, string, type Value } from '@neuron-atlas/onnx';
import { errors } from './errors.js';
import { filled } from './filled.js';
import { once } from './once.js';
import { typeOf } from './type-of.js';

export interface Sampling {
  readonly node: Node;
  /** f32[N, C, H, W] */
  readonly x: Value;
  /** f32[N, OH, OW, 2], x before y, −1 to 1 across the picture */
  readonly grid: Value;
  readonly mode: 'linear' | 'nearest' | 'cubic';
  readonly padding: 'zeros' | 'border' | 'reflection';
  /** Whether −1 and 1 are the centres of the outermost elements, not their outer edges. */
  readonly corners: boolean;
}

/** One of the elements along an axis that a sample is made of; all f32[N, P]. */
interface Tap { readonly index: Value; readonly inside: Value | undefined; readonly weight: Value | undefined; /** ∂weight/∂grid; undefined for 0. */ readonly slope: Value | undefined }

/**
 * The two gradients of GridSample: y[n, c, p] = Σ over taps of w_y·w_x·x[n, c, i_y, i_x].
 *
 * image: dx gets w·dy added at (i_y, i_x). grid: dgrid_x = Σ_c dy · Σ over taps of w_y·w_x′·x, and the same for y.
 */
export function gridSampler(g: GraphBuilder, sampling: Sampling): () => { readonly image: (dy: Value) => Value; readonly grid: (dy: Value) => Value } {
  return once(() => {
    const { node, x, grid } = sampling;
    if (x.shape.length !== 4) throw errors.unsupported({ op: node.op, node: node.name, reason: 'it samples a volume' });
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const count = grid.shape[1]! * grid.shape[2]!;
    const along = (at: number): Value => g.reshape(g.slice(grid, [at], [at + 1], [3]), [n, count]);
    const [columns, rows] = [tapsOf(g, along(0), w, sampling), tapsOf(g, along(1), h, sampling)];
    const pairs = rows.flatMap((row) => columns.map((column) => ({
      row, column,
      inside: product(g, row.inside, column.inside),
      places: g.expand(g.reshape(g.cast(g.add(g.mul(row.index, w), column.index), 'i64'), [n, 1, count]), [n, c, count]),
    })));
    const perPlace = (value: Value | undefined): Value | undefined => (value === undefined ? undefined : g.reshape(value, [n, 1, count]));
    return {
      image: (dy) => {
        const flat = g.reshape(dy, [n, c, count]);
        const sum = pairs.reduce<Value>((total, { row, column, inside, places }) => {
          const weight = perPlace(product(g, product(g, row.weight, column.weight), inside));
          const part = weight === undefined ? flat : g.mul(flat, weight);
          return g.emit('ScatterElements', [total, places, part], { axis: int(2), reduction: string('add') }, [typeOf(total)])[0]!;
        }, filled(g, { dtype: x.dtype, shape: [n, c, h * w] }, 0));
        return g.reshape(sum, x.shape);
      },
      grid: (dy) => {
        const [picture, flat] = [g.reshape(x, [n, c, h * w]), g.reshape(dy, [n, c, count])];
        let [dx, dyy]: [Value | undefined, Value | undefined] = [undefined, undefined];
        for (const { row, column, inside, places } of pairs) {
          if (column.slope === undefined || row.slope === undefined) continue;
          const taken = g.emit('GatherElements', [picture, places], { axis: int(2) }, [{ dtype: x.dtype, shape: [n, c, count] }])[0]!;
          const read = product(g, g.sum(g.mul(flat, taken), [1]), inside)!;
          dx = sum(g, dx, product(g, read, product(g, row.weight, column.slope))!);
          dyy = sum(g, dyy, product(g, read, product(g, row.slope, column.weight))!);
        }
        const part = (value: Value | undefined): Value => g.reshape(value ?? filled(g, { dtype: grid.dtype, shape: [n, count] }, 0), [...grid.shape.slice(0, 3), 1]);
        return g.concat([part(dx), part(dyy)], 3);
      },
    };
  });
}

const product = (g: GraphBuilder, a: Value | undefined, b: Value | undefined): Value | undefined => (a === undefined || b === undefined ? a ?? b : g.mul(a, b));
const sum = (g: GraphBuilder, a: Value | undefined, b: Value): Value => (a === undefined ? b : g.add(a, b));

function tapsOf(g: GraphBuilder, at: Value, size: number, { mode, padding, corners }: Sampling): Tap[] {
  const [low, high] = corners ? [0, size - 1] : [-0.5, size - 0.5];
  const factor = (high - low) / 2;
  let u = g.add(g.mul(at, factor), (low + high) / 2);
  let slope: Value | undefined;
  if (mode === 'nearest') u = g.unary('Round', u);
  if (padding === 'border' && mode !== 'cubic') {
    const within = g.min(g.max(u, 0), size - 1);
    slope = g.cast(g.equal(u, within), at.dtype);
    u = within;
  } else if (padding === 'reflection') {
    const turned = reflected(g, u, low, high);
    slope = turned.sign;
    u = turned.value;
  }
  const scale = g.mul(slope ?? filled(g, { dtype: at.dtype, shape: [] }, 1), factor);
  const tap = (index: Value, weight: Value | undefined, rise: Value | undefined): Tap => {
    const turned = padding === 'reflection' ? g.unary('Round', reflected(g, index, low, high).value) : index;
    const kept = g.min(g.max(turned, 0), size - 1);
    return { index: kept, inside: padding === 'zeros' ? g.cast(g.equal(index, kept), at.dtype) : undefined, weight, slope: rise === undefined ? undefined : g.mul(rise, scale) };
  };
  if (mode === 'nearest') return [tap(u, undefined, undefined)];
  const floor = g.unary('Floor', u);
  const t = g.sub(u, floor);
  if (mode === 'linear') {
    const one = filled(g, { dtype: at.dtype, shape: [] }, 1);
    return [tap(floor, g.sub(1, t), g.neg(one)), tap(g.add(floor, 1), t, one)];
  }
  return cubicTaps(g, t).map(({ weight, rise }, i) => tap(g.add(floor, i - 1), weight, rise));
}

/** u thrown back from both ends into low..high, and the sign of its slope. */
function reflected(g: GraphBuilder, u: Value, low: number, high: number): { readonly value: Value; readonly sign: Value } {
  const span = high - low;
  if (span === 0) return { value: g.mul(u, 0), sign: g.mul(u, 0) };
  const way = g.sub(u, low);
  const turn = g.sub(way, g.mul(g.unary('Floor', g.div(way, 2 * span)), 2 * span));
  const back = g.cast(g.greater(turn, span), u.dtype);
  return { value: g.sub(low + span, g.abs(g.sub(turn, span))), sign: g.sub(1, g.mul(back, 2)) };
}

/** The weights of the four elements around, and their slopes, for a place t behind the second: Keys' kernel with a = −¾. */
function cubicTaps(g: GraphBuilder, t: Value): { readonly weight: Value; readonly rise: Value }[] {
  const a = -0.75;
  const near = { weight: (d: Value): Value => polynomial(g, d, [1, 0, -(a + 3), a + 2]), rise: (d: Value): Value => polynomial(g, d, [0, -2 * (a + 3), 3 * (a + 2)]) };
  const far = { weight: (d: Value): Value => polynomial(g, d, [-4 * a, 8 * a, -5 * a, a]), rise: (d: Value): Value => polynomial(g, d, [8 * a, -10 * a, 3 * a]) };
  const [before, after] = [g.sub(1, t), g.sub(2, t)];
  const behind = g.add(t, 1);
  return [
    { weight: far.weight(behind), rise: far.rise(behind) }, { weight: near.weight(t), rise: near.rise(t) },
    { weight: near.weight(before), rise: g.neg(near.rise(before)) }, { weight: far.weight(after), rise: g.neg(far.rise(after)) },
  ];
}

/** Σ c[k]·xᵏ by Horner's scheme. */
const polynomial = (g: GraphBuilder, x: Value, coefficients: readonly number[]): Value =>
  [...coefficients].reverse().slice(1).reduce<Value>((value, c, i) => (c === 0 && i > 0 ? g.mul(value, x) : g.add(g.mul(value, x), c)), filled(g, { dtype: x.dtype, shape: [] }, coefficients.at(-1)!));
