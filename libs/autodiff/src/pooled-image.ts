import { type GraphBuilder, i64, intOr, intsOr, type Node, sizeOf, type Tensor, type Value, windowGeometry } from '@neuron-atlas/onnx';
import { croppingConv } from './cropping-conv.js';
import { filled } from './filled.js';
import { indices } from './indices.js';
import { phaseKey } from './interleave.js';
import { kernelFrom } from './kernel-constants.js';
import { positive } from './masks.js';
import { maxPoolPhases } from './max-pool-gradient.js';
import { block, canReenter, fewChannels } from './reentry.js';
import type { Surroundings } from './rule.js';

/** A strided convolution of a picture and the pool that alone reads its rectified result: how most networks begin. */
export interface PooledImage {
  readonly conv: Node;
  readonly relu: Node;
  readonly pool: Node;
  /** f32[N, C, H, W], C small. */
  readonly image: Value;
  /** The convolution's kernel. */
  readonly w: Value;
  /** What the pool reads: the convolution's map behind the Relu. */
  readonly rectified: Value;
  readonly axes: readonly Axis[];
  readonly groups: readonly Group[];
}

// What the other way costs, in multiply-adds of a convolution in the blocked layout: one of ConvTranspose, and an element of the convolution's map
// that is put together. From first layers timed both ways on an AMD EPYC: it takes AlexNet's (0.94 of the time), not a kernel of 8 by 4 before a pool of 4 (1.35).
const transposedCost = 1.6;
const elementCost = 100;

/** What begins with a picture and ends with this pool, where its gradient is taken at once; undefined for anything else. */
export function pooledImage(g: GraphBuilder, pool: Node, around: Surroundings): PooledImage | undefined {
  const rectified = pool.op === 'MaxPool' && pool.domain === '' ? g.value(pool.inputs[0]!) : undefined;
  if (rectified === undefined || around.switches || !around.maskedByPool(rectified)) return undefined;
  const relu = around.producer(rectified)!;
  const result = g.value(relu.inputs[0]!)!;
  const conv = around.producer(result);
  if (conv?.op !== 'Conv' || conv.domain !== '' || around.soleConsumer(result) !== relu || !canReenter(result)) return undefined;
  const image = g.value(conv.inputs[0]!)!;
  const w = g.value(conv.inputs[1]!)!;
  if (around.constant(w) === undefined || image.shape[1]! >= fewChannels || intOr(conv.attrs, 'group', 1) !== 1) return undefined;
  if (intsOr(conv.attrs, 'strides', []).every((stride) => stride === 1)) return undefined;
  const axes = alongAxes(conv, pool, image, w, rectified);
  const groups = groupsOf(axes, image.shape[1]!);
  return pays(axes, groups, w) ? { conv, relu, pool, image, w, rectified, axes, groups } : undefined;
}

/**
 * The gradient of the picture from that of the pool's result, dy: f32[N, C, H, W].
 *
 * The pool's gradient comes in phases, of stride m, and the convolution's in phases of stride s: each phase of the one goes to the s·m phases of the
 * other by a convolution of stride 1 among maps of the pool's size, in the runtime's blocked layout. Put together is the picture alone, not the
 * convolution's map, which is 21 times as large: 9 of 199 ms of a ResNet-18 step (one core, batch 4).
 */
export function pooledImageGradient(g: GraphBuilder, { pool, image, w, rectified, axes, groups }: PooledImage, dy: Value, around: Surroundings): Value {
  const y = g.value(pool.outputs[0]!)!;
  const spatial = rectified.shape.slice(2);
  const geometry = windowGeometry(pool.attrs, spatial, intsOr(pool.attrs, 'kernel_shape', []));
  const phases = maxPoolPhases(g, {
    x: rectified, y, dy: g.mul(dy, positive(g, y)), geometry, nonNegative: true, switches: false, plain: true,
  }, (phase) => phase.map((r, axis) => Math.ceil((spatial[axis]! - r) / geometry.strides[axis]!)));
  const strides = axes.map(({ stride }) => stride);
  const parts = groups.map((group) => {
    let whole: Value | undefined;
    for (const phase of indices(geometry.strides)) {
      const part = phases.get(phaseKey(phase));
      const ways = axes.map(({ way }, axis) => way(phase[axis]!, axis === 0 ? group.rows : undefined));
      if (part === undefined || !ways.every((way) => way !== undefined)) continue;
      const pads = [...ways.map(({ begin }) => begin), ...ways.map(({ end }, axis) => end(part.shape[axis + 2]!))];
      const moved = croppingConv(g, part, g.constant(kernelOf(w, around.constant(w)!, strides, group, ways)), { pads });
      whole = whole === undefined ? moved : g.add(whole, moved);
    }
    // Rows that no window of the pool has read.
    return whole ?? filled(g, { dtype: image.dtype, shape: [image.shape[0]!, group.end - group.start, ...strides.map((stride, axis) => Math.ceil(image.shape[axis + 2]! / stride))] }, 0);
  });
  return spread(g, parts.length === 1 ? parts[0]! : g.concat(parts, 1), strides, image);
}

/** What leads from one phase of the pool's gradient to some phases of the picture: f32[outputs of the group, O, …]. */
function kernelOf(w: Value, known: Tensor, strides: readonly number[], { start, end }: Group, ways: readonly Way[]): Tensor {
  const [outs, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  const lengths = ways.map(({ length }) => length);
  const columns = strides[1]!;
  const places = indices(strides).flatMap((r) => indices(lengths).map((at) => {
    const tap = at.map((i, axis) => ways[axis]!.tapAt(r[axis]!, i));
    return tap.some((t) => t === undefined) ? -1 : tap.reduce<number>((flat, t, axis) => flat * kernel[axis]! + t!, 0);
  }));
  const each = sizeOf(lengths);
  return kernelFrom(known, {
    shape: [end - start, outs, ...lengths],
    from: (row, o, at) => {
      const [above, column] = [Math.floor((row + start) / columns), (row + start) % columns];
      const place = places[(Math.floor(above / ins) * columns + column) * each + at]!;
      return place < 0 ? -1 : (o * ins + (above % ins)) * taps + place;
    },
    build: (own, value) => {
      const padded = own.concat([own.reshape(value, [outs, ins, taps]), filled(own, { dtype: value.dtype, shape: [outs, ins, 1] }, 0)], 2);
      const taken = own.gather(padded, own.constant(i64([places.length], places.map((place) => (place < 0 ? taps : place)))), 2);
      const all = own.transpose(own.reshape(taken, [outs, ins, strides[0]!, columns, each]), [2, 1, 3, 0, 4]);
      return own.slice(own.reshape(all, [strides[0]! * ins * columns, outs, ...lengths]), [start], [end], [0]);
    },
  });
}

/** f32[N, r·C·s, Q, R], phases of rows, then channels, then phases of columns, as f32[N, C, Q·r, R·s], cut off at the picture's size. Two transpositions of few axes take a fifth of one of six. */
function spread(g: GraphBuilder, phases: Value, [r, s]: readonly number[], image: Value): Value {
  const [n, c, ...spatial] = image.shape as [number, number, number, number];
  const [q, p] = phases.shape.slice(2) as [number, number];
  const rows = g.transpose(g.reshape(phases, [n * r! * c, s!, q, p]), [0, 2, 3, 1]);
  const whole = g.reshape(g.transpose(g.reshape(rows, [n, r!, c, q, p * s!]), [0, 2, 3, 1, 4]), [n, c, q * r!, p * s!]);
  const axes = spatial.flatMap((size, axis) => (whole.shape[axis + 2]! > size ? [axis] : []));
  return axes.length === 0 ? whole : g.slice(whole, axes.map(() => 0), axes.map((axis) => spatial[axis]!), axes.map((axis) => axis + 2));
}

/** Outputs start … end − 1 of the new convolutions, in the order of `spread`, and the phases of the picture's rows among them. */
interface Group { readonly start: number; readonly end: number; readonly rows: readonly number[] }

/**
 * The outputs in groups of whole blocks of the runtime's layout, each with kernels as long as its own rows need.
 *
 * Behind a kernel of 7 and a pool, both of stride 2, kernels for all four rows have 2 and 3 places for the pool's two phases, those for some of them 2 and 2.
 */
function groupsOf([rows, columns]: readonly Axis[], ins: number): readonly Group[] {
  const perRow = ins * columns!.stride;
  const outs = rows!.stride * perRow;
  const groups: Group[] = [];
  for (let start = 0; start < outs; start += block) {
    const end = Math.min(start + block, outs);
    const own = Array.from({ length: Math.ceil(end / perRow) - Math.floor(start / perRow) }, (_, i) => Math.floor(start / perRow) + i);
    const last = groups.at(-1);
    const both = [...new Set([...(last?.rows ?? []), ...own])];
    // Together where neither needs a longer kernel for the other's sake.
    if (last !== undefined && lengthsOf(rows!, both) <= Math.min(lengthsOf(rows!, last.rows), lengthsOf(rows!, own))) groups[groups.length - 1] = { start: last.start, end, rows: both };
    else groups.push({ start, end, rows: own });
  }
  return groups;
}

/** The lengths of an axis's kernels for all phases of the pool, together. */
const lengthsOf = ({ phases, way }: Axis, rows?: readonly number[]): number => Array.from({ length: phases }, (_, a) => way(a, rows)?.length ?? 0).reduce((sum, length) => sum + length, 0);

interface Axis {
  readonly stride: number;
  /** How many the pool has along it. */
  readonly phases: number;
  /** How one of them reaches some phases of the picture, or all; undefined where it reaches none. */
  readonly way: (phase: number, reached?: readonly number[]) => Way | undefined;
}

/** How one phase of the pool's gradient reaches the picture along an axis. */
interface Way {
  readonly length: number;
  readonly begin: number;
  /** The pad at the end of a phase of that size. */
  readonly end: (size: number) => number;
  /** The tap of the convolution that leads from place i of the new kernel to phase r of the picture. */
  readonly tapAt: (r: number, i: number) => number | undefined;
}

/**
 * The picture's row R = s·P − p + t·d comes from row P = m·u + a of the convolution's map; as R = S·v + r with S = s·m that is
 * v − u = (t·d − r − p + s·a)/S, wherever it is whole.
 */
function alongAxes(conv: Node, pool: Node, image: Value, w: Value, rectified: Value): readonly Axis[] {
  const own = windowGeometry(conv.attrs, image.shape.slice(2), w.shape.slice(2));
  const { strides: steps } = windowGeometry(pool.attrs, rectified.shape.slice(2), intsOr(pool.attrs, 'kernel_shape', []));
  return own.kernel.map((kernel, axis) => {
    const [s, d, p] = [own.strides[axis]!, own.dilations[axis]!, own.pads[axis]!];
    const stride = s * steps[axis]!;
    const size = Math.ceil(image.shape[axis + 2]! / stride);
    const all = Array.from({ length: stride }, (_, r) => r);
    const way = (a: number, reached: readonly number[] = all): Way | undefined => {
      const ahead = (t: number, r: number): number => (t * d - r - p + s * a) / stride;
      const seen = Array.from({ length: kernel }, (_, t) => reached.map((r) => ({ t, r, by: ahead(t, r) }))).flat().filter(({ by }) => Number.isInteger(by));
      if (seen.length === 0) return undefined;
      const [first, last] = [Math.min(...seen.map(({ by }) => by)), Math.max(...seen.map(({ by }) => by))];
      const tapOf = new Map(seen.map(({ t, r, by }) => [`${r},${last - by}`, t]));
      return { length: last - first + 1, begin: last, end: (have) => size - first - have, tapAt: (r, i) => tapOf.get(`${r},${i}`) };
    };
    return { stride, phases: steps[axis]!, way };
  });
}

/** Whether this way costs less, for each place of the pool's map and each channel of the convolution. */
function pays([rows, columns]: readonly Axis[], groups: readonly Group[], w: Value): boolean {
  const [, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const work = groups.reduce((sum, { start, end, rows: own }) => sum + block * Math.ceil((end - start) / block) * lengthsOf(rows!, own), 0) * lengthsOf(columns!);
  return work <= rows!.phases * columns!.phases * (transposedCost * ins * sizeOf(kernel) + elementCost);
}
