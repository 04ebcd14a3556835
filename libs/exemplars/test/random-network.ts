import { cropsBySame, f32, float, type GraphBuilder, int, ints, type Attributes, sizeOf, string, transposeGeometry, type Value, windowGeometry, windowOutput } from '@neuron-atlas/onnx';

/** One draw: what is added to the network, and the numbers that its settings are made of. */
export interface Move { readonly kind: number; readonly a: readonly number[] }

/** Numbers for a kernel: all above 0, so that nothing cancels. */
const weights = (g: GraphBuilder, shape: readonly number[], draw: () => number): Value => g.constant(f32(shape, Array.from({ length: sizeOf(shape) }, () => 0.5 + draw())));

const smallest = 3;
const largest = 48;

/** Adds a move's operator to a value where it fits, else leaves the value as it is. `before` are values made earlier. */
export function applyMove(g: GraphBuilder, x: Value, before: readonly Value[], { kind, a }: Move, draw: () => number): Value {
  const rank = x.shape.length - 2;
  const channels = x.shape[1]!;
  const per = (from: number, choices: number): number[] => Array.from({ length: rank }, (_, i) => a[(from + i) % a.length]! % choices);
  const one = per(0, 1).map(() => 1);
  const fits = (spatial: readonly number[]): boolean => spatial.every((size) => size >= smallest && size <= largest) && sizeOf(spatial) < 4000;
  const windowed = (op: string, kernel: readonly number[], attrs: Attributes, inputs: readonly Value[], out: number): Value => {
    const geometry = windowGeometry(attrs, x.shape.slice(2), kernel);
    // Which elements such windows leave out is not the same in all runtimes: their gradient is refused.
    if (cropsBySame(attrs, geometry, x.shape.slice(2))) return x;
    const spatial = windowOutput(geometry, x.shape.slice(2));
    return fits(spatial) ? g.emit(op, inputs, attrs, [{ dtype: 'f32', shape: [x.shape[0]!, out, ...spatial] }])[0]! : x;
  };
  switch (kind) {
    case 0: case 1: case 2: { // convolution: strides, dilations, uneven pads, groups
      const kernel = per(0, 4).map((k) => k + 1);
      const group = a[3]! % 3 === 0 ? channels : 1;
      const auto = ['NOTSET', 'NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'][a[4]! % 6]!;
      const out = group * (1 + (a[5]! % (group === 1 ? 4 : 2)));
      const pads = Array.from({ length: 2 * rank }, (_, i) => a[(i + 6) % a.length]! % Math.min(3, kernel[i % rank]!));
      const dilations = auto === 'NOTSET' ? per(2, 2).map((d) => d + 1) : one;
      const attrs: Attributes = {
        kernel_shape: ints(kernel), strides: ints(per(1, 5).map((s) => (s > 3 ? 3 : s > 2 ? 2 : 1))), dilations: ints(dilations), group: int(group),
        ...(auto === 'NOTSET' ? { pads: ints(pads) } : { auto_pad: string(auto) }),
      };
      return windowed('Conv', kernel, attrs, [x, weights(g, [out, channels / group, ...kernel], draw)], out);
    }
    case 3: case 4: { // pools
      const op = kind === 3 ? 'MaxPool' : 'AveragePool';
      const kernel = per(0, 3).map((k) => k + 1);
      // Rounding up: only where no window begins in the end padding; of those the runtime's shape inference and its kernel differ.
      const ceil = a[5]! % 2;
      const pads = Array.from({ length: 2 * rank }, (_, i) => (ceil === 1 ? 0 : a[(i + 6) % a.length]! % Math.min(2, kernel[i % rank]!)));
      const strides = per(1, 3).map((s, i) => (ceil === 1 ? Math.min(s + 1, kernel[i]!) : s + 1));
      return windowed(op, kernel, { kernel_shape: ints(kernel), strides: ints(strides), pads: ints(pads), ceil_mode: int(ceil) }, [x], channels);
    }
    case 5: { // transposed convolution
      const kernel = per(0, 3).map((k) => k + 1);
      const strides = per(1, 2).map((s) => s + 1);
      const attrs: Attributes = {
        kernel_shape: ints(kernel), strides: ints(strides), pads: ints([...kernel, ...kernel].map((k, i) => a[(i + 2) % a.length]! % Math.min(2, k))), output_padding: ints(strides.map((s, i) => a[i]! % s)),
      };
      const { pads } = transposeGeometry(attrs, x.shape.slice(2), [], kernel);
      const out = 1 + (a[3]! % 3);
      const spatial = kernel.map((k, i) => (x.shape[i + 2]! - 1) * strides[i]! + k + (a[i]! % strides[i]!) - pads[i]! - pads[i + rank]!);
      if (!fits(spatial) || kernel.some((k, i) => k < strides[i]!)) return x;
      return g.emit('ConvTranspose', [x, weights(g, [channels, out, ...kernel], draw)], attrs, [{ dtype: 'f32', shape: [x.shape[0]!, out, ...spatial] }])[0]!;
    }
    case 6: { // padding, of channels too where it is with zeros
      const mode = (['constant', 'reflect', 'edge'] as const)[a[0]! % 3]!;
      const widths = [...per(1, 3), ...per(3, 3)];
      const channel = mode === 'constant' && a[5]! % 4 === 0 ? 1 : 0;
      const pads = [0, channel, ...widths.slice(0, rank), 0, 0, ...widths.slice(rank)];
      return fits(x.shape.slice(2).map((size, i) => size + pads[i + 2]! + pads[i + 4 + rank]!)) ? g.pad(x, pads, { mode }) : x;
    }
    case 7: { // slices
      const starts = per(0, 3);
      const steps = per(2, 2).map((s) => s + 1);
      const ends = x.shape.slice(2).map((size, i) => size - (a[(i + 4) % a.length]! % 3));
      return fits(starts.map((start, i) => Math.ceil((ends[i]! - start) / steps[i]!))) ? g.slice(x, starts, ends, one.map((_, i) => i + 2), steps) : x;
    }
    case 8: { // enlargement
      const spatial = x.shape.slice(2).map((size, i) => size * (1 + (a[i]! % 2)));
      if (!fits(spatial)) return x;
      const attrs: Attributes = a[3]! % 2 === 0
        ? { mode: string('nearest'), coordinate_transformation_mode: string('asymmetric'), nearest_mode: string('floor') } : { mode: string('linear') };
      // Not all runtimes interpolate linearly in three dimensions.
      if (rank > 2 && a[3]! % 2 === 1) return x;
      const scales = g.constant(f32([rank + 2], [1, 1, ...spatial.map((size, i) => size / x.shape[i + 2]!)]));
      return g.emit('Resize', [x, undefined, scales], attrs, [{ dtype: 'f32', shape: [x.shape[0]!, channels, ...spatial] }])[0]!;
    }
    case 9: { // two branches, added: one may go back to an earlier value of the same shape
      const same = before.filter((value) => value.shape.length === x.shape.length && value.shape.every((size, axis) => size === x.shape[axis]));
      const branch = applyMove(g, x, before, { kind: a[0]! % 2 === 0 ? 12 : 13, a }, draw);
      const other = same[a[1]! % same.length] ?? x;
      return g.add(branch, other);
    }
    case 10: { // channels side by side, of different depth
      const same = before.filter((value) => value.shape.length === x.shape.length && value.shape.slice(2).every((size, i) => size === x.shape[i + 2]));
      const other = same[a[1]! % same.length];
      return other === undefined || channels + other.shape[1]! > 12 ? x : g.concat([x, other], 1);
    }
    case 11: return g.relu(x);
    case 12: { // a convolution that keeps the size, dilated or of a long kernel
      const kernel = per(0, 2).map((k) => 2 * k + 1);
      return g.conv(x, weights(g, [channels, channels, ...kernel], draw), undefined, { pads: [...kernel, ...kernel].map((k) => (k - 1) / 2) });
    }
    case 13: { // a frame cut off and put back as zeros
      const inner = x.shape.slice(2).map((size) => size - 2);
      if (!fits(inner)) return x;
      return g.pad(g.slice(x, one, inner.map((size) => size + 1), one.map((_, i) => i + 2)), [0, 0, ...one, 0, 0, ...one]);
    }
    case 14: { // blocks of pixels to channels, or back
      const [n, c, h, w] = x.shape as [number, number, number, number];
      if (rank !== 2) return x;
      if (a[0]! % 2 === 0 && h % 2 === 0 && w % 2 === 0 && h > 6 && w > 6 && c <= 3) return g.emit('SpaceToDepth', [x], { blocksize: int(2) }, [{ dtype: 'f32', shape: [n, 4 * c, h / 2, w / 2] }])[0]!;
      if (c % 4 === 0 && fits([2 * h, 2 * w])) return g.emit('DepthToSpace', [x], { blocksize: int(2), mode: string(a[1]! % 2 === 0 ? 'DCR' : 'CRD') }, [{ dtype: 'f32', shape: [n, c / 4, 2 * h, 2 * w] }])[0]!;
      return x;
    }
    case 15: { // some channels of it
      const start = a[0]! % channels;
      return g.slice(x, [start], [Math.min(channels, start + 1 + (a[1]! % channels))], [1]);
    }
    case 16: { // rows of pixels as tokens, normalised by nothing, and back
      const flat = g.reshape(x, [x.shape[0]!, channels, sizeOf(x.shape.slice(2))]);
      const tokens = g.transpose(flat, [0, 2, 1]);
      const mixed = g.matMul(tokens, weights(g, [channels, channels], draw));
      return g.reshape(g.transpose(mixed, [0, 2, 1]), x.shape);
    }
    case 17: { // a kernel of ones over all normalisations that a network folds in
      const list = (value: number): Value => g.constant(f32([channels], Array.from({ length: channels }, () => value)));
      return g.emit('BatchNormalization', [x, list(0.5), list(0.25), list(0), list(1)], { epsilon: float(1e-5) }, [{ dtype: 'f32', shape: x.shape }])[0]!;
    }
    default: { // scaled by the mean of each channel over all places
      if (a[0]! % 3 !== 0) return x;
      const mean = g.emit('GlobalAveragePool', [x], {}, [{ dtype: 'f32', shape: [x.shape[0]!, channels, ...one] }])[0]!;
      return g.add(x, mean);
    }
  }
}

export const moveKinds = 19;
