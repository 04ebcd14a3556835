import { f32, type GraphBuilder, ints, sizeOf, type Value } from '@neuron-atlas/onnx';

/** The windows of published networks, two channels wide. */
const channels = 2;

interface Net { readonly g: GraphBuilder; readonly conv: (x: Value, kernel: number | readonly [number, number], options?: { readonly stride?: number; readonly valid?: boolean }) => Value; readonly pool: (x: Value, kernel: number, stride: number, options?: { readonly valid?: boolean; readonly op?: 'MaxPool' | 'AveragePool' }) => Value }

/** Padding as in TensorFlow: as much as keeps ⌈size / stride⌉, or none. */
function netOf(g: GraphBuilder): Net {
  const geometry = (x: Value, kernel: readonly number[], stride: number, valid: boolean): { readonly pads: readonly number[]; readonly spatial: readonly number[] } => {
    const sizes = x.shape.slice(2);
    if (valid) return { pads: [0, 0, 0, 0], spatial: sizes.map((size, i) => Math.floor((size - kernel[i]!) / stride) + 1) };
    const spatial = sizes.map((size) => Math.ceil(size / stride));
    const totals = spatial.map((out, i) => Math.max(0, (out - 1) * stride + kernel[i]! - sizes[i]!));
    const begin = totals.map((total) => Math.floor(total / 2));
    return { pads: [...begin, ...totals.map((total, i) => total - begin[i]!)], spatial };
  };
  return {
    g,
    conv: (x, kernel, { stride = 1, valid = false } = {}) => {
      const sides = typeof kernel === 'number' ? [kernel, kernel] : kernel;
      const shape = [channels, x.shape[1]!, ...sides];
      const w = g.constant(f32(shape, Array.from({ length: sizeOf(shape) }, () => 1)));
      return g.relu(g.conv(x, w, undefined, { strides: [stride, stride], pads: geometry(x, sides, stride, valid).pads }));
    },
    pool: (x, kernel, stride, { valid = false, op = 'MaxPool' } = {}) => {
      const { pads, spatial } = geometry(x, [kernel, kernel], stride, valid);
      const attrs = { kernel_shape: ints([kernel, kernel]), strides: ints([stride, stride]), pads: ints(pads) };
      return g.emit(op, [x], attrs, [{ dtype: 'f32', shape: [...x.shape.slice(0, 2), ...spatial] }])[0]!;
    },
  };
}

/** Simonyan and Zisserman 2014, configuration D, up to its fifth pool. */
export function vgg16(g: GraphBuilder, x: Value): Value {
  const { conv, pool } = netOf(g);
  return [2, 2, 3, 3, 3].reduce((before, convs) => pool(Array.from({ length: convs }).reduce<Value>((value) => conv(value, 3), before), 2, 2, { valid: true }), x);
}

/** He et al. 2015 as TF-Slim has it: a stage's stride is in the last of its blocks. */
export function resnet50(g: GraphBuilder, x: Value): Value {
  const { conv, pool } = netOf(g);
  let value = pool(conv(x, 7, { stride: 2 }), 3, 2);
  for (const [blocks, last] of [[3, 2], [4, 2], [6, 2], [3, 1]] as const) {
    for (let block = 1; block <= blocks; block++) {
      const stride = block === blocks ? last : 1;
      const shortcut = stride === 1 ? value : pool(value, 1, stride);
      value = g.relu(g.add(shortcut, conv(conv(conv(value, 1), 3, { stride }), 1)));
    }
  }
  return value;
}

/** Szegedy et al. 2015 as TF-Slim has it, up to its last module. */
export function inceptionV3(g: GraphBuilder, x: Value): Value {
  const { conv, pool } = netOf(g);
  const average = (value: Value): Value => conv(pool(value, 3, 1, { op: 'AveragePool' }), 1);
  const [wide, tall] = [[1, 7], [7, 1]] as const;
  let value = pool(conv(conv(conv(x, 3, { stride: 2, valid: true }), 3, { valid: true }), 3), 3, 2, { valid: true });
  value = pool(conv(conv(value, 1), 3, { valid: true }), 3, 2, { valid: true });
  for (let i = 0; i < 3; i++) value = g.concat([conv(value, 1), conv(conv(value, 1), 5), conv(conv(conv(value, 1), 3), 3), average(value)], 1);
  value = g.concat([conv(value, 3, { stride: 2, valid: true }), conv(conv(conv(value, 1), 3), 3, { stride: 2, valid: true }), pool(value, 3, 2, { valid: true })], 1);
  for (let i = 0; i < 4; i++) {
    value = g.concat([conv(value, 1), conv(conv(conv(value, 1), wide), tall), [tall, wide, tall, wide].reduce((branch, kernel) => conv(branch, kernel), conv(value, 1)), average(value)], 1);
  }
  value = g.concat([conv(conv(value, 1), 3, { stride: 2, valid: true }), conv(conv(conv(conv(value, 1), wide), tall), 3, { stride: 2, valid: true }), pool(value, 3, 2, { valid: true })], 1);
  const both = (branch: Value): Value => g.concat([conv(branch, [1, 3]), conv(branch, [3, 1])], 1);
  for (let i = 0; i < 2; i++) value = g.concat([conv(value, 1), both(conv(value, 1)), both(conv(conv(value, 1), 3)), average(value)], 1);
  return value;
}
