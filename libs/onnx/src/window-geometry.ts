import { type Attributes, intOr, intsOr, stringOr } from './attribute.js';
import { convOutput } from './shape-arithmetic.js';

/** How a convolution or pool moves over its input: one entry per spatial axis; `pads` is begin of all, then end of all. */
export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

/** The geometry that the attributes of Conv, MaxPool or AveragePool give for an input, `auto_pad` and `ceil_mode` worked out. */
export function windowGeometry(attrs: Attributes, spatial: readonly number[], kernel: readonly number[]): WindowGeometry {
  const strides = intsOr(attrs, 'strides', kernel.map(() => 1));
  const dilations = intsOr(attrs, 'dilations', kernel.map(() => 1));
  const auto = stringOr(attrs, 'auto_pad', 'NOTSET');
  const pads = auto === 'NOTSET' || auto === ''
    ? intsOr(attrs, 'pads', [...kernel, ...kernel].map(() => 0))
    : auto === 'VALID' ? [...kernel, ...kernel].map(() => 0) : samePads(spatial, kernel, strides, dilations, auto === 'SAME_LOWER');
  const ceiled = intOr(attrs, 'ceil_mode', 0) === 1 ? ceilEndPads({ kernel, strides, dilations, pads }, spatial) : pads;
  return { kernel, strides, dilations, pads: ceiled };
}

/** out = ⌈in / stride⌉; the odd one goes to the end, or to the beginning if `lower`. */
function samePads(spatial: readonly number[], kernel: readonly number[], strides: readonly number[], dilations: readonly number[], lower: boolean): number[] {
  const totals = spatial.map((size, i) => Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + dilations[i]! * (kernel[i]! - 1) + 1 - size));
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total, i) => total - small[i]!);
  return lower ? [...large, ...small] : [...small, ...large];
}

/**
 * Whether `auto_pad` leaves out more than one element between windows that are further apart than they are long: how many of
 * them at which end is not the same in all runtimes.
 */
export function cropsBySame(attrs: Attributes, { kernel, strides, dilations }: WindowGeometry, spatial: readonly number[]): boolean {
  const auto = stringOr(attrs, 'auto_pad', 'NOTSET');
  return auto.startsWith('SAME') && spatial.some((size, i) => (Math.ceil(size / strides[i]!) - 1) * strides[i]! + dilations[i]! * (kernel[i]! - 1) + 1 - size < -1);
}

/** End pads widened so that rounding down gives the number of windows that rounding up gives. */
function ceilEndPads({ kernel, strides, dilations, pads }: WindowGeometry, spatial: readonly number[]): number[] {
  const rank = kernel.length;
  return pads.map((pad, i) => {
    if (i < rank) return pad;
    const axis = i - rank;
    const [size, begin, stride] = [spatial[axis]!, pads[axis]!, strides[axis]!];
    const reach = dilations[axis]! * (kernel[axis]! - 1) + 1;
    let windows = Math.ceil((size + begin + pad - reach) / stride) + 1;
    // A window that starts in the end padding is left out.
    if ((windows - 1) * stride >= size + begin) windows--;
    return Math.max(pad, (windows - 1) * stride + reach - size - begin);
  });
}

/** Output sizes of the spatial axes. */
export const windowOutput = ({ kernel, strides, dilations, pads }: WindowGeometry, spatial: readonly number[]): number[] =>
  spatial.map((size, i) => convOutput(size, kernel[i]!, strides[i]!, dilations[i]!, pads[i]! + pads[i + kernel.length]!));

/** The geometry of the convolution that a ConvTranspose is the transpose of; pads follow from the sizes where they are not given. */
export function transposeGeometry(attrs: Attributes, input: readonly number[], output: readonly number[], kernel: readonly number[]): WindowGeometry {
  const rank = kernel.length;
  const strides = intsOr(attrs, 'strides', kernel.map(() => 1));
  const dilations = intsOr(attrs, 'dilations', kernel.map(() => 1));
  const extra = intsOr(attrs, 'output_padding', kernel.map(() => 0));
  const auto = stringOr(attrs, 'auto_pad', 'NOTSET');
  const given = intsOr(attrs, 'pads', kernel.concat(kernel).map(() => 0));
  if (intsOr(attrs, 'output_shape', undefined) === undefined && (auto === 'NOTSET' || auto === '')) return { kernel, strides, dilations, pads: given };
  const totals = kernel.map((k, i) => Math.max(0, strides[i]! * (input[i]! - 1) + extra[i]! + dilations[i]! * (k - 1) + 1 - output[i]!));
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total, i) => total - small[i]!);
  const pads = auto === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small];
  return { kernel, strides, dilations, pads: pads.slice(0, 2 * rank) };
}
