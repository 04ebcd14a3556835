import { type ConvGeometry, type GraphBuilder, type Value } from '@neuron-atlas/onnx';
import { filled } from './filled.js';
import { kernelFrom } from './kernel-constants.js';

/**
 * A convolution of stride 1 whose pads may be negative (the input is cropped first).
 *
 * The WebGPU provider of ONNX Runtime 1.30 ignores end pads, without a word, where all begin pads are 0 and the kernel
 * is 1 or as large as the input. A kernel grown by a row of zeros at its start, with begin pad 1, is right everywhere.
 */
export function safeConv(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry & { readonly pads: readonly number[] }): Value {
  const rank = w.shape.length - 2;
  const { begin, end, input } = cropped(g, x, geometry.pads, rank);
  if (begin.some((pad) => pad > 0) || end.every((pad) => pad === 0)) return g.conv(input, w, undefined, { ...geometry, pads: [...begin, ...end] });
  const axis = end.findIndex((pad) => pad > 0);
  return g.conv(input, grown(g, w, axis), undefined, { ...geometry, pads: [...begin.map((pad, i) => (i === axis ? geometry.dilations?.[i] ?? 1 : pad)), ...end] });
}

function cropped(g: GraphBuilder, x: Value, pads: readonly number[], rank: number): { begin: number[]; end: number[]; input: Value } {
  const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => pads[i]! < 0 || pads[i + rank]! < 0);
  const begin = pads.slice(0, rank).map((pad) => Math.max(pad, 0));
  const end = pads.slice(rank).map((pad) => Math.max(pad, 0));
  if (axes.length === 0) return { begin, end, input: x };
  const starts = axes.map((i) => Math.max(-pads[i]!, 0));
  const ends = axes.map((i) => x.shape[i + 2]! - Math.max(-pads[i + rank]!, 0));
  return { begin, end, input: g.slice(x, starts, ends, axes.map((i) => i + 2)) };
}

/** One more tap, of zeros, at the start of a spatial axis. */
function grown(g: GraphBuilder, w: Value, axis: number): Value {
  const known = g.constantOf(w.name);
  // Not by Pad: the runtime's optimiser takes a Pad before a Conv for padding of the image, and breaks the graph.
  const build = (on: GraphBuilder, value: Value): Value => on.concat([filled(on, { dtype: w.dtype, shape: w.shape.map((dim, i) => (i === axis + 2 ? 1 : dim)) }, 0), value], axis + 2);
  if (known === undefined) return build(g, w);
  const [outs, ins, ...kernel] = w.shape as [number, number, ...number[]];
  const larger = kernel.map((k, i) => (i === axis ? k + 1 : k));
  const inner = kernel.slice(axis + 1).reduce((a, b) => a * b, 1);
  const taps = kernel.reduce((a, b) => a * b, 1);
  return g.constant(kernelFrom(known, {
    shape: [outs, ins, ...larger],
    from: (o, c, at) => {
      const [before, along, after] = [Math.floor(at / (inner * larger[axis]!)), Math.floor(at / inner) % larger[axis]!, at % inner];
      return along === 0 ? -1 : (o * ins + c) * taps + (before * kernel[axis]! + along - 1) * inner + after;
    },
    build,
  }));
}
