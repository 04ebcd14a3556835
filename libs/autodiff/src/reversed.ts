import { type GraphBuilder, i64, type Value } from '@neuron-atlas/onnx';
import { typeOf } from './type-of.js';

/** The value turned round along axes. */
export function reversed(g: GraphBuilder, value: Value, axes: readonly number[]): Value {
  if (axes.every((axis) => value.shape[axis] === 1)) return value;
  const list = (values: readonly number[]): Value => g.constant(i64([values.length], values));
  const [starts, ends, steps] = [axes.map(() => -1), axes.map((axis) => -value.shape[axis]! - 1), axes.map(() => -1)];
  return g.emit('Slice', [value, list(starts), list(ends), list(axes), list(steps)], {}, [typeOf(value)])[0]!;
}
