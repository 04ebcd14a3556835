import { float, i64, int, ints, f32, sizeOf, string, type GraphBuilder, type Value } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import { zeros, type Init, type Parameter } from '../parameter.js';

/** What a generator is sized from. */
export interface GeneratorShape {
  /** Of a code without its batch: [D] or [C, H, W]; a map of one place is a row. */
  readonly code: readonly number[];
  /** Side of the picture in pixels, a multiple of 16. */
  readonly size: number;
  /** Of the picture. */
  readonly channels: number;
  /** Channels of the last map, from which the picture of twice its side is made; each map of half the side has twice as many, up to four times. */
  readonly width: number;
}

/** A generator or its adversary: what is trained, and how it is wired. */
export interface Network {
  readonly parameters: readonly Parameter[];
  readonly build: (g: GraphBuilder, input: Value, parameter: (name: string) => Value) => Value;
}

/** Slope below zero, of all layers but the last (the generator of Dosovitskiy and Brox 2016). */
export const slope = 0.3;

/**
 * code f32[N, …] → picture f32[N, C, S, S] in 0..1: a first layer, then for each doubling of the side an up-convolution
 * of 4 × 4 and stride 2 and a convolution of 3 × 3, leaky rectifiers between. The last up-convolution makes the picture, as in
 * the source, with a sigmoid behind it.
 *
 * TRAINING_CODE_SHAPE for a code that is neither a row nor maps.
 * `scale` brings the code's components to about the same size: f32, one a channel of a map or a component of a row.
 */
export function generatorNetwork(shape: GeneratorShape, scale: Float32Array): Network {
  const { code, size, channels } = shape;
  if (code.length !== 1 && code.length !== 3) throw errors.codeShape({ shape: code });
  const sides = sidesOf(shape);
  const widthAt = (side: number): number => shape.width * Math.min(4, Math.max(1, size / 2 / side));
  const [first, ...doubled] = sides as [number, ...number[]];
  const between = doubled.filter((side) => side < size), before = between.at(-1) ?? first;
  const dense = isRow(code);
  const parameters: Parameter[] = dense
    ? layer('first', [widthAt(first) * first * first, code[0]!], code[0]!)
    : layer('first', [widthAt(first), code[0]!, 3, 3], 9 * code[0]!);
  for (const side of between) {
    // Four of the sixteen taps of a kernel meet at each place.
    parameters.push(...layer(`up${side}`, [widthAt(side / 2), widthAt(side), 4, 4], 4 * widthAt(side / 2), widthAt(side)));
    parameters.push(...layer(`conv${side}`, [widthAt(side), widthAt(side), 3, 3], 9 * widthAt(side)));
  }
  parameters.push(...(doubled.length > 0 ? layer('image', [widthAt(before), channels, 4, 4], 4 * widthAt(before), channels) : layer('image', [channels, widthAt(first), 3, 3], 9 * widthAt(first))));
  return {
    parameters,
    build: (g, input, parameter) => {
      const [w, b] = [(name: string): Value => parameter(weightName(name)), (name: string): Value => parameter(biasName(name))];
      const leaky = (x: Value): Value => g.unary('LeakyRelu', x, { alpha: float(slope) });
      const conv3 = (x: Value, name: string): Value => g.conv(x, w(name), b(name), { pads: [1, 1, 1, 1] });
      const even = g.mul(input, g.constant(f32([1, scale.length, ...code.slice(1).map(() => 1)], scale), 'code_scale'));
      let x = dense ? rowsToMaps(g, gemm(g, asRow(g, even), w('first'), b('first')), widthAt(first), first) : conv3(scaledTo(g, even, first), 'first');
      x = leaky(x);
      const up = (maps: Value, name: string): Value => g.convTranspose(maps, w(name), b(name), { strides: [2, 2], pads: [1, 1, 1, 1] });
      for (const side of between) x = leaky(conv3(leaky(up(x, `up${side}`)), `conv${side}`));
      return g.sigmoid(doubled.length > 0 ? up(x, 'image') : conv3(x, 'image'));
    },
  };
}

/** Codes without a layout: rows, and maps of one place, as a global pool gives them. */
const isRow = (code: readonly number[]): boolean => code.slice(1).every((dim) => dim === 1);

/** Sides of the maps, each twice the one before: from the code's own side where it has one, else from 4 to 11. */
function sidesOf({ code, size }: GeneratorShape): readonly number[] {
  const possible = [size];
  while (possible[0]! % 2 === 0 && possible[0]! > 7) possible.unshift(possible[0]! / 2);
  if (isRow(code)) return possible;
  const height = code[1]!;
  const nearest = possible.reduce((best, side) => (Math.abs(Math.log(side / height)) < Math.abs(Math.log(best / height)) ? side : best));
  return possible.slice(possible.indexOf(nearest));
}

const weightName = (name: string): string => `generator.${name}.weight`;
const biasName = (name: string): string => `generator.${name}.bias`;

function layer(name: string, shape: readonly number[], fanIn: number, outputs = shape[0]!): Parameter[] {
  return [{ name: weightName(name), shape, init: leakyNormal(fanIn, slope) }, { name: biasName(name), shape: [outputs], init: zeros }];
}

/** Normal draws of the scale at which leaky rectifiers keep the size of what passes: √(2 / ((1 + α²) · fan-in)) (He et al. 2015). */
export const leakyNormal = (fanIn: number, alpha: number): Init => (shape, normal) => {
  const deviation = Math.sqrt(2 / ((1 + alpha ** 2) * fanIn));
  return Float32Array.from({ length: sizeOf(shape) }, () => deviation * normal());
};

const gemm = (g: GraphBuilder, x: Value, w: Value, b: Value): Value =>
  g.emit('Gemm', [x, w, b], { transB: int(1) }, [{ dtype: x.dtype, shape: [x.shape[0]!, w.shape[0]!] }])[0]!;

/** Maps of one place as a row; the batch is taken over (0), so that the file's may stay open. */
function asRow(g: GraphBuilder, x: Value): Value {
  if (x.shape.length === 2) return x;
  const [n, width] = x.shape as [number, number];
  return g.emit('Reshape', [x, g.constant(i64([2], [0, width]))], {}, [{ dtype: x.dtype, shape: [n, width] }])[0]!;
}

/** The batch is taken over (0), so that the file's may stay open. */
function rowsToMaps(g: GraphBuilder, x: Value, channels: number, side: number): Value {
  const shape = g.constant(i64([4], [0, channels, side, side]));
  return g.emit('Reshape', [x, shape], {}, [{ dtype: x.dtype, shape: [x.shape[0]!, channels, side, side] }])[0]!;
}

/** Maps brought to a side from which doubling leads to the picture's. */
function scaledTo(g: GraphBuilder, x: Value, side: number): Value {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  if (height === side && width === side) return x;
  const scales = g.constant(f32([2], [side / height, side / width]));
  return g.emit('Resize', [x, undefined, scales], { mode: string('linear'), axes: ints([2, 3]) }, [{ dtype: x.dtype, shape: [n, c, side, side] }])[0]!;
}
