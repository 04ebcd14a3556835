import { arrayType, type DType } from '../dtype.js';
import { errors } from '../errors.js';
import type { Model, ValueInfo } from '../graph.js';
import { sizeOf, type Tensor } from '../tensor.js';
import { toHalf } from '../upgrade/scalar-like.js';

/** Constants for inputs by name: one number for all elements, or as many as there are, in row-major order. */
export type GivenInputs = Readonly<Record<string, number | readonly number[]>>;

/**
 * The model with constants in the place of inputs; open dimensions of theirs become 1.
 *
 * Errors: ONNX_NO_SUCH_VALUE for a name that no input has, ONNX_INPUT_VALUES for numbers that it does not take.
 */
export function bindInputs(model: Model, given: GivenInputs): Model {
  const { inputs } = model.graph;
  const bound = Object.entries(given).map(([name, numbers]): [string, Tensor] => {
    const info = inputs.find((input) => input.name === name);
    if (info === undefined) throw errors.noSuchValue({ name, known: inputs.map((input) => input.name) });
    return [name, constantFor(info, numbers)];
  });
  if (bound.length === 0) return model;
  const names = new Set(bound.map(([name]) => name));
  return { ...model, graph: { ...model.graph, inputs: inputs.filter(({ name }) => !names.has(name)), initializers: new Map([...model.graph.initializers, ...bound]) } };
}

function constantFor({ name, dtype, shape = [] }: ValueInfo, numbers: number | readonly number[]): Tensor {
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : 1));
  const size = sizeOf(dims);
  const refused = (reason: string): Error => errors.inputValues({ input: name, dtype, shape: dims, reason });
  if (dtype === 'string') throw refused('it takes words');
  if (typeof numbers !== 'number' && numbers.length !== size) throw refused(`${numbers.length} numbers are given`);
  if (size > limitElements) throw refused(`it is larger than ${limitElements} numbers`);
  const values = typeof numbers === 'number' ? Array.from({ length: size }, () => numbers) : numbers;
  const wrong = values.find((value) => !holds(dtype, value));
  if (wrong !== undefined) throw refused(`it does not hold ${wrong}`);
  return { dtype, shape: dims, data: dataOf(dtype, values) };
}

/** As for pictures: what no network takes beside one. */
const limitElements = 2 ** 26;

const whole: ReadonlySet<DType> = new Set(['i8', 'i16', 'i32', 'i64', 'u8', 'u16', 'u32', 'u64']);

function holds(dtype: Exclude<DType, 'string'>, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (dtype === 'bool') return value === 0 || value === 1;
  if (!whole.has(dtype)) return true;
  return Number.isSafeInteger(value) && Number(dataOf(dtype, [value])[0]) === value;
}

function dataOf(dtype: Exclude<DType, 'string'>, values: readonly number[]): Exclude<Tensor['data'], readonly string[]> {
  if (dtype === 'i64') return BigInt64Array.from(values, BigInt);
  if (dtype === 'u64') return BigUint64Array.from(values, BigInt);
  if (dtype === 'f16') return Uint16Array.from(values, toHalf);
  if (dtype === 'bf16') return Uint16Array.from(values, (value) => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16);
  return arrayType[dtype].from(values);
}
