/** The layers that the reference knows, with square kernels. */
export type ReferenceLayer =
  | { readonly kind: 'relu' }
  | { readonly kind: 'conv'; readonly shape: readonly [out: number, channels: number, height: number, width: number]; readonly weights: Float32Array; readonly bias: Float32Array; readonly pad: number; readonly stride: number }
  | { readonly kind: 'max'; readonly kernel: number; readonly stride: number; readonly pad: number };

/** One picture, a list of channels of rows: nothing is shared with the code under test, not even the layout. */
export type Planes = readonly (readonly (readonly number[])[])[];

export const asReference = (picture: Float32Array, size: number): Planes =>
  Array.from({ length: picture.length / (size * size) }, (_, c) => Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => picture[(c * size + y) * size + x]!)));

interface Place { c: number; y: number; x: number }
const planes = (c: number, h: number, w: number): number[][][] => Array.from({ length: c }, () => Array.from({ length: h }, () => Array.from({ length: w }, () => 0)));
const side = (size: number, kernel: number, { stride, pad }: { readonly stride: number; readonly pad: number }): number => Math.floor((size + 2 * pad - kernel) / stride) + 1;
const each = (x: Planes, visit: (place: Place, value: number) => void): void => x.forEach((rows, c) => rows.forEach((row, y) => row.forEach((value, i) => visit({ c, y, x: i }, value))));

/** Zeiler and Fergus 2014 and Springenberg et al. 2015, written out element by element. */
export function referenceProjection(picture: Planes, layers: readonly ReferenceLayer[], { unit, place }: { readonly unit: number; readonly place: number }, method: 'gradient' | 'deconvnet' | 'guided', seed: 'one' | 'activation'): { readonly projection: readonly number[]; readonly activation: number } {
  const inputs: Planes[] = [];
  let value = picture;
  for (const layer of layers) {
    inputs.push(value);
    value = forward(layer, value);
  }
  const columns = value[0]![0]!.length;
  const [row, column] = [Math.floor(place / columns), place % columns];
  const activation = value[unit]![row]![column]!;
  let back: number[][][] = planes(value.length, value[0]!.length, columns);
  back[unit]![row]![column] = seed === 'one' ? 1 : activation;
  for (let i = layers.length - 1; i >= 0; i--) back = backward(layers[i]!, inputs[i]!, back, method);
  return { projection: back.flat(2), activation };
}

function forward(layer: ReferenceLayer, x: Planes): Planes {
  if (layer.kind === 'relu') return x.map((rows) => rows.map((row) => row.map((value) => (value > 0 ? value : 0))));
  if (layer.kind === 'max') {
    const out = planes(x.length, side(x[0]!.length, layer.kernel, layer), side(x[0]![0]!.length, layer.kernel, layer));
    each(out, ({ c, y, x: at }) => { out[c]![y]![at] = winner(layer, x, { c, y, x: at }).value; });
    return out;
  }
  const [outs, channels, height, width] = layer.shape;
  const out = planes(outs, side(x[0]!.length, height, layer), side(x[0]![0]!.length, width, layer));
  each(out, ({ c, y, x: at }) => {
    let sum = layer.bias[c]!;
    for (let k = 0; k < channels; k++) for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) {
      sum += layer.weights[((c * channels + k) * height + i) * width + j]! * (x[k]![y * layer.stride - layer.pad + i]?.[at * layer.stride - layer.pad + j] ?? 0);
    }
    out[c]![y]![at] = sum;
  });
  return out;
}

/** The largest element of a window, the first of several. */
function winner({ kernel, stride, pad }: { readonly kernel: number; readonly stride: number; readonly pad: number }, x: Planes, { c, y, x: at }: Place): { readonly value: number; readonly y: number; readonly x: number } {
  let best = { value: -Infinity, y: -1, x: -1 };
  for (let i = 0; i < kernel; i++) for (let j = 0; j < kernel; j++) {
    const [row, column] = [y * stride - pad + i, at * stride - pad + j];
    const value = x[c]![row]?.[column];
    if (value !== undefined && value > best.value) best = { value, y: row, x: column };
  }
  return best;
}

function backward(layer: ReferenceLayer, x: Planes, dy: Planes, method: 'gradient' | 'deconvnet' | 'guided'): number[][][] {
  const dx = planes(x.length, x[0]!.length, x[0]![0]!.length);
  each(dy, ({ c, y, x: at }, value) => {
    if (layer.kind === 'relu') {
      const open = method === 'deconvnet' || x[c]![y]![at]! > 0;
      dx[c]![y]![at] = open && (method === 'gradient' || value > 0) ? value : 0;
    } else if (layer.kind === 'max') {
      const { y: row, x: column } = winner(layer, x, { c, y, x: at });
      dx[c]![row]![column]! += value;
    } else {
      const [, channels, height, width] = layer.shape;
      for (let k = 0; k < channels; k++) for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) {
        const row = dx[k]![y * layer.stride - layer.pad + i];
        const column = at * layer.stride - layer.pad + j;
        if (row?.[column] !== undefined) row[column]! += value * layer.weights[((c * channels + k) * height + i) * width + j]!;
      }
    }
  });
  return dx;
}
