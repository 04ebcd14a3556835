import { type GraphBuilder, intOr, intsOr, type Node, type Value, windowGeometry } from '@neuron-atlas/onnx';
import { indices } from './indices.js';
import { phaseKey } from './interleave.js';
import { channelsSwapped, kernelFrom, tapsAt } from './kernel-constants.js';
import { positive } from './masks.js';
import { maxPoolPhases } from './max-pool-gradient.js';
import { block, canReenter, fewChannels } from './reentry.js';
import type { Surroundings } from './rule.js';
import { safeConv } from './safe-conv.js';

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
}

// What the other way costs, in multiply-adds of a convolution in the blocked layout: one of ConvTranspose, and an element of the convolution's map
// that is put together (a core of an Intel Xeon: 98 and 35 thousand million a second, 2 ns). It takes the first layers of ResNet and SqueezeNet, not AlexNet's.
const transposedCost = 2.5;
const elementCost = 200;

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
  return pays(axes, w) ? { conv, relu, pool, image, w, rectified, axes } : undefined;
}

/**
 * The gradient of the picture from that of the pool's result, dy: f32[N, C, H, W].
 *
 * The pool's gradient comes in phases, of stride m, and the convolution's in phases of stride s: each phase of the one goes to the s·m phases of the
 * other by a convolution of stride 1 among maps of the pool's size, in the runtime's blocked layout. Put together is the picture alone, not the
 * convolution's map, which is 21 times as large: 9 of 199 ms of a ResNet-18 step (one core, batch 4).
 */
export function pooledImageGradient(g: GraphBuilder, { pool, image, w, rectified, axes }: PooledImage, dy: Value, around: Surroundings): Value {
  const y = g.value(pool.outputs[0]!)!;
  const spatial = rectified.shape.slice(2);
  const geometry = windowGeometry(pool.attrs, spatial, intsOr(pool.attrs, 'kernel_shape', []));
  const phases = maxPoolPhases(g, {
    x: rectified, y, dy: g.mul(dy, positive(g, y)), geometry, nonNegative: true, switches: false, plain: true,
  }, (phase) => phase.map((r, axis) => Math.ceil((spatial[axis]! - r) / geometry.strides[axis]!)));
  const [outs, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const taps = kernel.reduce((a, b) => a * b, 1);
  const strides = axes.map(({ stride }) => stride);
  const known = around.constant(w)!;
  let whole: Value | undefined;
  for (const phase of indices(geometry.strides)) {
    const part = phases.get(phaseKey(phase));
    if (part === undefined) continue;
    const ways = axes.map(({ ways }, axis) => ways[phase[axis]!]!);
    const lengths = ways.map(({ length }) => length);
    const places = indices(strides).map((r) => indices(lengths).map((at) => {
      const tap = at.map((i, axis) => ways[axis]!.tapAt(r[axis]!, i));
      return tap.some((t) => t === undefined) ? -1 : tap.reduce<number>((flat, t, axis) => flat * kernel[axis]! + t!, 0);
    }));
    const turned = kernelFrom(known, {
      shape: [ins * places.length, outs, ...lengths],
      from: (row, o, at) => {
        const place = places[row % places.length]![at]!;
        return place < 0 ? -1 : (o * ins + Math.floor(row / places.length)) * taps + place;
      },
      build: (own, value) => {
        const apart = indices(strides).map((r) => {
          const taken = ways.reduce((rest, { length, tapAt }, axis) => tapsAt(own, rest, axis, Array.from({ length }, (_, i) => tapAt(r[axis]!, i))), value);
          return own.reshape(channelsSwapped(own, taken, 1), [ins, 1, outs, ...lengths]);
        });
        return own.reshape(own.concat(apart, 1), [ins * apart.length, outs, ...lengths]);
      },
    });
    const pads = [...ways.map(({ begin }) => begin), ...ways.map(({ end }, axis) => end(part.shape[axis + 2]!))];
    const moved = safeConv(g, part, g.constant(turned), { pads });
    whole = whole === undefined ? moved : g.add(whole, moved);
  }
  return spread(g, whole!, strides, image);
}

/** f32[N, C·r·s, Q, R], phases after each other, as f32[N, C, Q·r, R·s], cut off at the picture's size. Two transpositions of four axes take a fifth of one of six. */
function spread(g: GraphBuilder, phases: Value, [r, s]: readonly number[], image: Value): Value {
  const [n, c, ...spatial] = image.shape as [number, number, number, number];
  const [q, p] = phases.shape.slice(2) as [number, number];
  const rows = g.transpose(g.reshape(phases, [n * c * r!, s!, q, p]), [0, 2, 3, 1]);
  const whole = g.reshape(g.transpose(g.reshape(rows, [n * c, r!, q, p * s!]), [0, 2, 1, 3]), [n, c, q * r!, p * s!]);
  const axes = spatial.flatMap((size, axis) => (whole.shape[axis + 2]! > size ? [axis] : []));
  return axes.length === 0 ? whole : g.slice(whole, axes.map(() => 0), axes.map((axis) => spatial[axis]!), axes.map((axis) => axis + 2));
}

interface Axis { readonly stride: number; /** Of each phase of the pool. */ readonly ways: readonly Way[] }

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
    const ways = Array.from({ length: steps[axis]! }, (_, a): Way => {
      const ahead = (t: number, r: number): number => (t * d - r - p + s * a) / stride;
      const seen = Array.from({ length: kernel }, (_, t) => Array.from({ length: stride }, (_, r) => ({ t, r, by: ahead(t, r) }))).flat().filter(({ by }) => Number.isInteger(by));
      const [first, last] = [Math.min(...seen.map(({ by }) => by)), Math.max(...seen.map(({ by }) => by))];
      const tapOf = new Map(seen.map(({ t, r, by }) => [`${r},${last - by}`, t]));
      return { length: last - first + 1, begin: last, end: (have) => size - first - have, tapAt: (r, i) => tapOf.get(`${r},${i}`) };
    });
    return { stride, ways };
  });
}

/** Whether this way costs less, for each place of the pool's map and each channel of the convolution. */
function pays(axes: readonly Axis[], w: Value): boolean {
  const [, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const product = (of: (axis: Axis) => number): number => axes.reduce((all, axis) => all * of(axis), 1);
  const filled = block * Math.ceil((ins * product(({ stride }) => stride)) / block);
  const work = filled * product(({ ways }) => ways.reduce((sum, { length }) => sum + length, 0));
  const map = product(({ ways }) => ways.length);
  return work <= map * (transposedCost * ins * kernel.reduce((all, k) => all * k, 1) + elementCost);
}
