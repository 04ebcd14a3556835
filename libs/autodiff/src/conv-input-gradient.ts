import { type GraphBuilder, sizeOf, type Tensor, type Value, type WindowGeometry } from '@neuron-atlas/onnx';
import { croppingConv } from './cropping-conv.js';
import { indices } from './indices.js';
import { filled } from './filled.js';
import { interleave, interleaved, phaseKey } from './interleave.js';
import { channelsSwapped, flippedKernel, flippedValue, kernelFrom, tapsAt } from './kernel-constants.js';
import { fewChannels, reentry } from './reentry.js';

export interface ConvGradientInput {
  /** f32[N, O, …] */
  readonly dy: Value;
  /** f32[O, C/group, …] */
  readonly w: Value;
  /** The kernel where it is known while building. */
  readonly known: Tensor | undefined;
  readonly geometry: WindowGeometry;
  readonly group: number;
  /** Spatial sizes of the convolution's input. */
  readonly spatial: readonly number[];
  /** Whether what reads dx works in plain NCHW anyway. */
  readonly plain: boolean;
}

/**
 * dx of y = conv(x, w): f32[N, C, …], in the form measured fastest on the CPU provider.
 *
 * Stride 1: one convolution. Depthwise: zeros put between, then one convolution. Images, 1 × 1 kernels and kernels that
 * are known only when the graph runs: ConvTranspose, or in three dimensions, which WebGPU's has not, zeros put between.
 * Else a convolution for each phase of the stride.
 */
export function convInputGradient(g: GraphBuilder, input: ConvGradientInput): Value {
  const { geometry: { strides, kernel }, w, group, known } = input;
  if (strides.every((stride) => stride === 1)) return flipped(g, input);
  // ConvTranspose with one output channel a group is wrong on the WebGPU provider of ONNX Runtime 1.30, and slow on the CPU.
  if ((group > 1 && w.shape[1] === 1) || (kernel.length > 2 && !canPhase(input))) return zeroInserted(g, input);
  return known !== undefined && canPhase(input) ? phased(g, input, known) : transposed(g, input);
}

const canPhase = ({ known, w, group, geometry: { kernel } }: ConvGradientInput): boolean =>
  known !== undefined && w.shape[1]! * group >= fewChannels && kernel.some((k) => k > 1);

/**
 * Stride 1: a convolution with the kernel turned round, W′[c, o, i] = W[o, c, k − 1 − i]; half the time of ConvTranspose.
 *
 * begin pad = d(k − 1) − p, end pad = what is missing to the input's size.
 */
function flipped(g: GraphBuilder, { dy, w, known, geometry: { kernel, dilations, pads }, group, spatial }: ConvGradientInput): Value {
  const turned = known === undefined ? flippedValue(g, w, group) : g.constant(flippedKernel(known, group));
  const begin = kernel.map((k, i) => dilations[i]! * (k - 1) - pads[i]!);
  const end = kernel.map((k, i) => spatial[i]! + dilations[i]! * (k - 1) - begin[i]! - dy.shape[i + 2]!);
  return croppingConv(g, dy, turned, { dilations, pads: [...begin, ...end], group });
}

function transposed(g: GraphBuilder, { dy, w, geometry, group, spatial, plain }: ConvGradientInput): Value {
  const { kernel, strides, dilations, pads } = geometry;
  const rank = kernel.length;
  // What the strides left over at the end of the input; no window saw it.
  const left = kernel.map((k, i) => spatial[i]! + pads[i]! + pads[i + rank]! - ((dy.shape[i + 2]! - 1) * strides[i]! + dilations[i]! * (k - 1) + 1));
  return reentry(g, g.convTranspose(dy, w, undefined, { strides, dilations, pads, group, outputPadding: left }), spatial, plain);
}

/** Strided, of any kernel: dy with stride − 1 zeros after each element is the gradient of the convolution with stride 1. */
function zeroInserted(g: GraphBuilder, input: ConvGradientInput): Value {
  const { dy, geometry } = input;
  const channels = dy.shape[1]!;
  const { kernel, strides } = geometry;
  const one = (): Value => filled(g, { dtype: dy.dtype, shape: [channels, 1, ...kernel.map(() => 1)] }, 1);
  const apart = kernel.length > 2 ? interleave(g, new Map([[phaseKey(strides.map(() => 0)), dy]]), strides)
    : g.convTranspose(dy, one(), undefined, { strides, group: channels, outputPadding: strides.map((stride) => stride - 1) });
  return flipped(g, { ...input, dy: apart, geometry: { ...geometry, strides: strides.map(() => 1) } });
}

/**
 * Strided: the elements of dx at places ≡ r (mod s) come from the taps t with (r + p − t·d) ≡ 0 (mod s) alone, by a
 * convolution of stride 1: dx[u·s + r] = Σ W[t] · dy[u + (r + p − t·d)/s]. One for each r, then put together.
 */
function phased(g: GraphBuilder, input: ConvGradientInput, known: Tensor): Value {
  const { geometry: { strides }, spatial, plain } = input;
  return interleaved(g, convPhases(g, input, known), strides, spatial, plain);
}

/** dx by phases of the strides, all of the same size; by `phaseKey`, those that no tap reaches left out. */
export function convPhases(g: GraphBuilder, { dy, geometry, group, spatial }: ConvGradientInput, known: Tensor): ReadonlyMap<string, Value> {
  const { kernel, strides, dilations, pads } = geometry;
  const [outs, ins] = known.shape as [number, number];
  const perGroup = outs / group;
  const taps = sizeOf(kernel);
  const phases = new Map<string, Value>();
  for (const phase of indices(strides)) {
    const along = phase.map((r, axis) => {
      const seen = Array.from({ length: kernel[axis]! }, (_, t) => ({ t, offset: (r + pads[axis]! - t * dilations[axis]!) / strides[axis]! })).filter(({ offset }) => Number.isInteger(offset));
      const first = Math.min(...seen.map(({ offset }) => offset));
      const length = Math.max(...seen.map(({ offset }) => offset)) - first + 1;
      const tapAt = new Map(seen.map(({ t, offset }) => [offset - first, t]));
      const size = Math.ceil(spatial[axis]! / strides[axis]!);
      return { empty: seen.length === 0, first, length, tapAt, begin: -first, end: size - 1 + first + length - 1 - (dy.shape[axis + 2]! - 1) };
    });
    if (along.some(({ empty }) => empty)) continue;
    const lengths = along.map(({ length }) => length);
    const chosen = along.map(({ length, tapAt }) => Array.from({ length }, (_, i) => tapAt.get(i)));
    const places = indices(lengths).map((at) => at.map((i, axis) => chosen[axis]![i]))
      .map((tap) => (tap.some((t) => t === undefined) ? -1 : tap.reduce<number>((flat, t, axis) => flat * kernel[axis]! + t!, 0)));
    const w = kernelFrom(known, {
      shape: [ins * group, perGroup, ...lengths],
      from: (row, column, at) => {
        const [part, c] = [Math.floor(row / ins), row % ins];
        return places[at]! < 0 ? -1 : ((part * perGroup + column) * ins + c) * taps + places[at]!;
      },
      build: (own, value) => channelsSwapped(own, chosen.reduce((part, taps, axis) => tapsAt(own, part, axis, taps), value), group),
    });
    phases.set(phaseKey(phase), croppingConv(g, dy, g.constant(w), { pads: [...along.map(({ begin }) => begin), ...along.map(({ end }) => end)], group }));
  }
  return phases;
}

