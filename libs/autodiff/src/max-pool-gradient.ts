import type { GraphBuilder, Value, WindowGeometry } from '@neuron-atlas/onnx';
import { indices } from './indices.js';
import { interleave, modulo, phaseKey } from './interleave.js';
import { notPositive } from './masks.js';
import { oneTap } from './one-tap.js';
import { realTensor } from './real-tensor.js';
import { reentry } from './reentry.js';

export interface MaxPoolGradientInput {
  /** f32[N, C, …] */
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
  readonly geometry: WindowGeometry;
  /** Whether x has no negative element: then no maximum loses to the zeros of the padding. */
  readonly nonNegative: boolean;
  /** Whether the first of several that hold a maximum gets it all. */
  readonly switches: boolean;
  /** Whether what reads dx works in plain NCHW anyway. */
  readonly plain: boolean;
}

/**
 * dx of y = maxPool(x); a maximum held by n elements gives each of them dy/n, or with `switches` the first of them dy.
 *
 * Without Indices, which cost 40 times the pool on the CPU provider and do not exist on WebGPU: for every tap of the
 * window a depthwise convolution picks the element it sees, −x[i·s − p + t·d], and [y − x ≤ 0] says whether it won.
 * Convolution, sum and mask are one fused operator. Taps that lie a multiple of the stride apart see the same phase of x,
 * which is picked once and shifted for each: it is small, and x need not be read nine times. What won goes back through
 * another depthwise convolution that shifts it to its place, phase by phase of the stride.
 */
export function maxPoolGradient(g: GraphBuilder, input: MaxPoolGradientInput): Value {
  return finished(g, pieces(g, input), input);
}

/** The same in parts of these numbers of channels, cut where the gradient lies in plain NCHW anyway. */
export function maxPoolGradientInParts(g: GraphBuilder, input: MaxPoolGradientInput, sizes: readonly number[]): Value[] {
  const whole = pieces(g, input);
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return finished(g, g.slice(whole, [end - size], [end], [1]), input);
  });
}

const finished = (g: GraphBuilder, whole: Value, { x, geometry, plain }: MaxPoolGradientInput): Value =>
  geometry.strides.every((stride) => stride === 1) ? whole : reentry(g, whole, x.shape.slice(2), plain);

/** The gradient as it comes from its phases, in plain NCHW and perhaps too large. */
function pieces(g: GraphBuilder, input: MaxPoolGradientInput): Value {
  const { x, geometry: { strides } } = input;
  return interleave(g, maxPoolPhases(g, input, () => x.shape.slice(2).map((size, axis) => Math.ceil(size / strides[axis]!))), strides);
}

/**
 * dx in phases of the pool's strides: of phase r the element u is that of dx at u·s + r. By `phaseKey`; absent ones are zero.
 *
 * `sizesOf` says how large each is made: more than there is of it is not zero.
 */
export function maxPoolPhases(g: GraphBuilder, input: MaxPoolGradientInput, sizesOf: (phase: readonly number[]) => readonly number[]): ReadonlyMap<string, Value> {
  const { y, dy, geometry: { strides } } = input;
  const out = y.shape.slice(2);
  const holds = winners(g, input);
  const wins = input.switches ? firstOnly(g, holds) : holds;
  const shared = wins.length > 1 && !input.switches;
  const each = shared ? reentry(g, g.div(dy, wins.map(({ mask }) => mask).reduce((a, b) => g.add(a, b)))) : dy;
  const phases = new Map<string, Value>();
  for (const { offsets, mask } of wins) {
    const phase = phaseOf(offsets, strides);
    const won = g.mul(mask, each);
    const shifts = wholeStrides(offsets, strides);
    const sizes = sizesOf(phase);
    const moved = shifts.every((shift, axis) => shift === 0 && sizes[axis] === out[axis]) ? won : shifted(g, won, shifts, sizes);
    const before = phases.get(phaseKey(phase));
    phases.set(phaseKey(phase), before === undefined ? moved : g.add(before, moved));
  }
  return phases;
}

interface Tap { readonly offsets: readonly number[]; readonly mask: Value }

/** Of taps in the order of the window, each 1 only where none before it is. */
function firstOnly(g: GraphBuilder, taps: readonly Tap[]): Tap[] {
  let open: Value | undefined;
  return taps.map(({ offsets, mask }) => {
    const first = open === undefined ? mask : g.mul(mask, open);
    open = g.sub(open ?? 1, first);
    return { offsets, mask: first };
  });
}

/** Of each tap in the order of the window, 1 where the element that it sees holds the maximum of its window. */
function winners(g: GraphBuilder, { x, y, geometry: { kernel, strides, dilations, pads }, nonNegative, switches }: MaxPoolGradientInput): Tap[] {
  const spatial = x.shape.slice(2);
  const out = y.shape.slice(2);
  const taps = indices(kernel).map((tap) => tap.map((t, axis) => t * dilations[axis]! - pads[axis]!));
  const phases = new Map<string, Value>();
  const seen = (offsets: readonly number[]): Value => {
    const phase = phaseOf(offsets, strides);
    const key = phaseKey(phase);
    const sizes = phase.map((r, axis) => Math.ceil((spatial[axis]! - r) / strides[axis]!));
    const alone = taps.filter((other) => phaseKey(phaseOf(other, strides)) === key).length === 1;
    if (alone || strides.every((stride) => stride === 1) || sizes.some((size) => size < 1)) return picked(g, x, offsets, strides, out);
    const whole = phases.get(key) ?? picked(g, x, phase, strides, sizes);
    phases.set(key, whole);
    return shifted(g, whole, wholeStrides(offsets, strides).map((shift) => -shift), out);
  };
  return taps.map((offsets) => {
    const mask = notPositive(g, g.add(seen(offsets), y));
    // A zero of the padding ties with a maximum of zero; its share goes nowhere, the whole would be missed.
    return { offsets, mask: nonNegative && !switches ? mask : insideOnly(g, mask, offsets, strides, spatial, out) };
  });
}

const phaseOf = (offsets: readonly number[], strides: readonly number[]): number[] => offsets.map((offset, axis) => modulo(offset, strides[axis]!));
const wholeStrides = (offsets: readonly number[], strides: readonly number[]): number[] => offsets.map((offset, axis) => Math.floor(offset / strides[axis]!));

/** −x[i·stride + offset] for i in 0 … size − 1, zero where there is none. */
function picked(g: GraphBuilder, x: Value, offsets: readonly number[], strides: readonly number[], sizes: readonly number[]): Value {
  const along = offsets.map((offset, axis) => {
    const [begin, at] = offset < 0 ? [-offset, 0] : [0, offset];
    const seen = x.shape[axis + 2]! + begin;
    // Taps of zeros make the kernel so long that there are exactly as many windows: cropping would cost more.
    const length = Math.max(at + 1, seen - sizes[axis]! * strides[axis]! + 1);
    return { begin, at, length, end: Math.max(0, (sizes[axis]! - 1) * strides[axis]! + length - seen) };
  });
  return oneTap(g, x, -1, along.map(({ at }) => at), along.map(({ length }) => length), strides, [...along.map(({ begin }) => begin), ...along.map(({ end }) => end)]);
}

/** Takes out the windows in which the tap lies in the padding: a negative maximum would lose to the zero read there. */
function insideOnly(g: GraphBuilder, mask: Value, offsets: readonly number[], strides: readonly number[], spatial: readonly number[], out: readonly number[]): Value {
  const inside = indices(out).map((at) => at.every((i, axis) => {
    const place = i * strides[axis]! + offsets[axis]!;
    return place >= 0 && place < spatial[axis]!;
  }));
  if (inside.every(Boolean)) return mask;
  return g.mul(mask, g.constant(realTensor(mask.dtype, [1, 1, ...out], inside.map(Number))));
}

/** Along every axis out[u] = value[u − shift] for u in 0 … size − 1, zero where there is none. */
function shifted(g: GraphBuilder, value: Value, shifts: readonly number[], sizes: readonly number[]): Value {
  const along = shifts.map((shift, axis) => {
    const [begin, at] = shift > 0 ? [shift, 0] : [0, -shift];
    const seen = value.shape[axis + 2]! + begin;
    const length = Math.max(at + 1, seen - sizes[axis]! + 1);
    return { begin, at, length, end: sizes[axis]! + length - 1 - seen };
  });
  return oneTap(g, value, 1, along.map(({ at }) => at), along.map(({ length }) => length), shifts.map(() => 1), [...along.map(({ begin }) => begin), ...along.map(({ end }) => end)]);
}
