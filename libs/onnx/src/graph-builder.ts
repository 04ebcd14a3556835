import { type Attributes, float, int, ints, graphAttribute, string } from './attribute.js';
import { type DType, dtypeCode } from './dtype.js';
import { readsOf } from './edit/reads-of.js';
import { errors } from './errors.js';
import type { Graph, Node, ValueInfo } from './graph.js';
import { broadcast, convOutput, normalAxis, reducedShape } from './shape-arithmetic.js';
import { f32, i64, sizeOf, tensor, type Tensor } from './tensor.js';

/** A tensor of the graph under construction; its shape is always known. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A value, or a number that stands for a float scalar constant. */
export type Operand = Value | number;

export interface ConvGeometry {
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  /** Begin pads of every spatial axis, then end pads, as ONNX has them. */
  readonly pads?: readonly number[];
  readonly group?: number;
}

/**
 * Builds a graph of standard operators, valid in opsets 18 to 22, with static shapes.
 *
 * A builder made by `body` sees the outer builder's values and takes its names from the same counter.
 */
export class GraphBuilder {
  readonly opset: number;
  readonly #nodes: Node[] = [];
  readonly #inputs: Value[] = [];
  readonly #initializers = new Map<string, Tensor>();
  readonly #constants = new Map<string, Value>();
  readonly #producers = new Map<string, Node>();
  readonly #values = new Map<string, Value>();
  readonly #names: { next: number; readonly taken: Set<string> };
  readonly #outer: GraphBuilder | undefined;
  #scope = '';

  constructor(options: { readonly opset: number }, outer?: GraphBuilder) {
    this.opset = options.opset;
    this.#outer = outer;
    this.#names = outer === undefined ? { next: 0, taken: new Set() } : outer.#names;
  }

  // ---- structure ----

  /** A builder for a subgraph, whose names never clash with this one's. */
  body(): GraphBuilder { return new GraphBuilder({ opset: this.opset }, this); }

  /** Runs `build` with node names prefixed `scope/`: provenance of generated nodes. */
  within<T>(scope: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = scope === '' ? outer : outer === '' ? scope : `${outer}/${scope}`;
    try { return build(); } finally { this.#scope = outer; }
  }

  input(name: string, dtype: DType, shape: readonly number[]): Value {
    const value = this.#register({ name: this.#claim(name), dtype, shape });
    this.#inputs.push(value);
    return value;
  }

  /** An initialiser; equal small constants are shared. */
  constant(data: Tensor | number, name?: string): Value {
    const t = typeof data === 'number' ? f32([], [data]) : data;
    const key = name === undefined && t.source === undefined && sizeOf(t.shape) <= 16 && t.dtype !== 'string'
      ? `${t.dtype}[${t.shape.join()}]${Array.from(t.data as ArrayLike<number | bigint>, (v) => (Object.is(v, -0) ? '-0' : String(v))).join()}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const value = this.#register({ name: this.#claim(name ?? this.#fresh('const')), dtype: t.dtype, shape: t.shape });
    this.#initializers.set(value.name, t);
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }

  /** Emits any operator; the caller states the outputs' types. `undefined` is an optional input left out. */
  emit(op: string, inputs: readonly (Value | undefined)[], attrs: Attributes, outputs: readonly { readonly dtype: DType; readonly shape: readonly number[]; readonly name?: string }[], domain = ''): Value[] {
    const id = this.#fresh(op);
    const made = outputs.map((output, index) => this.#register({ name: this.#claim(output.name ?? (index === 0 ? id : `${id}.${index}`)), dtype: output.dtype, shape: output.shape }));
    const names = inputs.map((input) => input?.name ?? '');
    while (names.length > 0 && names.at(-1) === '') names.pop();
    this.#push({ name: id, op, domain, inputs: names, outputs: made.map((value) => value.name), attrs });
    return made;
  }

  /** Takes over a node of another graph as it stands; its inputs are known here under the names it uses. */
  adopt(node: Node, outputs: readonly ValueInfo[]): void {
    for (const output of outputs) {
      if (output.shape === undefined || output.shape.some((dim) => typeof dim !== 'number')) {
        throw errors.shapeMismatch({ op: node.op, detail: `output ${output.name} of node ${node.name} has no static shape` });
      }
      this.#register({ name: this.#claim(output.name), dtype: output.dtype, shape: output.shape as readonly number[] });
    }
    this.#push(node);
  }

  /** A value made here or in an outer graph. */
  value(name: string): Value | undefined { return this.#values.get(name) ?? this.#outer?.value(name); }
  /** Whether a name is used already, in this graph or in one inside or around it. */
  taken(name: string): boolean { return this.#names.taken.has(name); }
  /** The node that makes a value here; undefined for inputs, initialisers and values of an outer graph. */
  producer(name: string): Node | undefined { return this.#producers.get(name); }
  /** The constant behind a value, if it is an initialiser here or in an outer graph. */
  constantOf(name: string): Tensor | undefined { return this.#initializers.get(name) ?? this.#outer?.constantOf(name); }
  get nodes(): readonly Node[] { return this.#nodes; }

  /** The finished graph; initialisers that nothing reads are left out. */
  build(name: string, outputs: readonly Value[]): Graph {
    const read = new Set([...outputs.map((output) => output.name), ...this.#nodes.flatMap(readsOf)]);
    return {
      name,
      nodes: [...this.#nodes],
      inputs: this.#inputs,
      outputs,
      initializers: new Map([...this.#initializers].filter(([key]) => read.has(key))),
    };
  }

  // ---- elementwise ----

  add(a: Operand, b: Operand): Value { return this.#binary('Add', a, b); }
  sub(a: Operand, b: Operand): Value { return this.#binary('Sub', a, b); }
  mul(a: Operand, b: Operand): Value { return this.#binary('Mul', a, b); }
  div(a: Operand, b: Operand): Value { return this.#binary('Div', a, b); }
  pow(a: Operand, b: Operand): Value { return this.#binary('Pow', a, b); }
  max(a: Operand, b: Operand): Value { return this.#binary('Max', a, b); }
  min(a: Operand, b: Operand): Value { return this.#binary('Min', a, b); }
  greater(a: Operand, b: Operand): Value { return this.#binary('Greater', a, b, 'bool'); }
  less(a: Operand, b: Operand): Value { return this.#binary('Less', a, b, 'bool'); }
  equal(a: Operand, b: Operand): Value { return this.#binary('Equal', a, b, 'bool'); }
  where(condition: Value, a: Operand, b: Operand): Value {
    const [x, y] = [this.operand(a, typeof b === 'number' ? 'f32' : b.dtype), this.operand(b, typeof a === 'number' ? 'f32' : a.dtype)];
    const shape = broadcast('Where', broadcast('Where', condition.shape, x.shape), y.shape);
    return this.emit('Where', [condition, x, y], {}, [{ dtype: x.dtype, shape }])[0]!;
  }
  /** Any operator of one input whose output has its type and shape: Neg, Exp, Sqrt, Relu, Sigmoid, … */
  unary(op: string, x: Value, attrs: Attributes = {}): Value { return this.emit(op, [x], attrs, [{ dtype: x.dtype, shape: x.shape }])[0]!; }
  neg(x: Value): Value { return this.unary('Neg', x); }
  exp(x: Value): Value { return this.unary('Exp', x); }
  log(x: Value): Value { return this.unary('Log', x); }
  sqrt(x: Value): Value { return this.unary('Sqrt', x); }
  abs(x: Value): Value { return this.unary('Abs', x); }
  relu(x: Value): Value { return this.unary('Relu', x); }
  sigmoid(x: Value): Value { return this.unary('Sigmoid', x); }
  tanh(x: Value): Value { return this.unary('Tanh', x); }
  erf(x: Value): Value { return this.unary('Erf', x); }
  identity(x: Value): Value { return this.unary('Identity', x); }
  /** clip(alpha · x + beta, 0, 1) */
  hardSigmoid(x: Value, alpha: number, beta: number): Value { return this.unary('HardSigmoid', x, { alpha: float(alpha), beta: float(beta) }); }
  cast(x: Value, dtype: DType): Value {
    if (x.dtype === dtype) return x;
    return this.emit('Cast', [x], { to: int(dtypeCode[dtype]) }, [{ dtype, shape: x.shape }])[0]!;
  }

  // ---- reductions, last-but-shape ----

  sum(x: Value, axes: readonly number[], keepDims = false): Value { return this.#reduce('ReduceSum', x, axes, keepDims); }
  mean(x: Value, axes: readonly number[], keepDims = false): Value { return this.#reduce('ReduceMean', x, axes, keepDims); }
  reduceMax(x: Value, axes: readonly number[], keepDims = false): Value { return this.#reduce('ReduceMax', x, axes, keepDims); }
  /** Sums a value down to a shape that broadcasts to its own. */
  sumTo(x: Value, shape: readonly number[]): Value {
    const lead = x.shape.length - shape.length;
    const axes = x.shape.flatMap((dim, axis) => (axis < lead || (shape[axis - lead] === 1 && dim !== 1) ? [axis] : []));
    const summed = axes.length === 0 ? x : this.sum(x, axes, true);
    return lead === 0 ? summed : this.reshape(summed, shape);
  }

  // ---- shape ----

  reshape(x: Value, shape: readonly number[]): Value {
    if (sizeOf(shape) !== sizeOf(x.shape)) throw errors.shapeMismatch({ op: 'Reshape', detail: `[${x.shape}] has not as many elements as [${shape}]` });
    if (sameShape(x.shape, shape)) return x;
    return this.emit('Reshape', [x, this.constant(i64([shape.length], shape))], {}, [{ dtype: x.dtype, shape }])[0]!;
  }
  transpose(x: Value, perm: readonly number[]): Value {
    return this.emit('Transpose', [x], { perm: ints(perm) }, [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]!) }])[0]!;
  }
  squeeze(x: Value, axes: readonly number[]): Value {
    const drop = new Set(axes.map((axis) => normalAxis(axis, x.shape.length)));
    return this.reshape(x, x.shape.filter((_, axis) => !drop.has(axis)));
  }
  expand(x: Value, shape: readonly number[]): Value {
    const out = broadcast('Expand', x.shape, shape);
    if (sameShape(out, x.shape)) return x;
    return this.emit('Expand', [x, this.constant(i64([shape.length], shape))], {}, [{ dtype: x.dtype, shape: out }])[0]!;
  }
  concat(parts: readonly Value[], axis: number): Value {
    if (parts.length === 1) return parts[0]!;
    const at = normalAxis(axis, parts[0]!.shape.length);
    const shape = parts[0]!.shape.map((dim, i) => (i === at ? parts.reduce((total, part) => total + part.shape[at]!, 0) : dim));
    return this.emit('Concat', parts, { axis: int(at) }, [{ dtype: parts[0]!.dtype, shape }])[0]!;
  }
  /** Constant starts and ends (exclusive, within the dimension), steps 1 unless given. */
  slice(x: Value, starts: readonly number[], ends: readonly number[], axes: readonly number[], steps: readonly number[] = axes.map(() => 1)): Value {
    const shape = [...x.shape];
    axes.forEach((axis, i) => { shape[axis] = Math.max(0, Math.ceil((ends[i]! - starts[i]!) / steps[i]!)); });
    const list = (values: readonly number[]): Value => this.constant(i64([values.length], values));
    return this.emit('Slice', [x, list(starts), list(ends), list(axes), list(steps)], {}, [{ dtype: x.dtype, shape }])[0]!;
  }
  /** A window of constant size at a place known only when the graph runs: `starts` is i64[axes.length]. */
  window(x: Value, starts: Value, sizes: readonly number[], axes: readonly number[]): Value {
    const ends = this.add(starts, this.constant(i64([sizes.length], sizes)));
    const shape = x.shape.map((dim, axis) => (axes.includes(axis) ? sizes[axes.indexOf(axis)]! : dim));
    return this.emit('Slice', [x, starts, ends, this.constant(i64([axes.length], axes))], {}, [{ dtype: x.dtype, shape }])[0]!;
  }
  /** Begin pads of every axis, then end pads; constant mode unless said. Negative pads crop. */
  pad(x: Value, pads: readonly number[], options: { readonly mode?: 'constant' | 'reflect' | 'edge'; readonly value?: number } = {}): Value {
    const rank = x.shape.length;
    const shape = x.shape.map((dim, axis) => dim + pads[axis]! + pads[axis + rank]!);
    const fill = options.value === undefined ? undefined : this.constant(options.value);
    return this.emit('Pad', [x, this.constant(i64([pads.length], pads)), fill], { mode: string(options.mode ?? 'constant') }, [{ dtype: x.dtype, shape }])[0]!;
  }
  gather(x: Value, indices: Value, axis: number): Value {
    const at = normalAxis(axis, x.shape.length);
    const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
    return this.emit('Gather', [x, indices], { axis: int(at) }, [{ dtype: x.dtype, shape }])[0]!;
  }
  /** i64[...] to f32[..., depth], 1 at the index. */
  oneHot(indices: Value, depth: number): Value {
    const values = this.constant(f32([2], [0, 1]));
    return this.emit('OneHot', [indices, this.constant(i64([], [depth])), values], { axis: int(-1) }, [{ dtype: 'f32', shape: [...indices.shape, depth] }])[0]!;
  }

  // ---- linear algebra ----

  matMul(a: Value, b: Value, options: { readonly transA?: boolean; readonly transB?: boolean } = {}): Value {
    const x = options.transA === true ? this.#swapLast(a) : a;
    const y = options.transB === true ? this.#swapLast(b) : b;
    if (x.shape.at(-1) !== y.shape.at(-2)) throw errors.shapeMismatch({ op: 'MatMul', detail: `[${x.shape}] by [${y.shape}]` });
    const lead = broadcast('MatMul', x.shape.slice(0, -2), y.shape.slice(0, -2));
    return this.emit('MatMul', [x, y], {}, [{ dtype: x.dtype, shape: [...lead, x.shape.at(-2)!, y.shape.at(-1)!] }])[0]!;
  }
  /** x: f32[N, C, …], w: f32[O, C/group, …] */
  conv(x: Value, w: Value, bias?: Value, geometry: ConvGeometry = {}): Value {
    const rank = w.shape.length - 2;
    const { strides = ones(rank), dilations = ones(rank), pads = zeros(2 * rank), group = 1 } = geometry;
    const spatial = w.shape.slice(2).map((kernel, i) => convOutput(x.shape[i + 2]!, kernel, strides[i]!, dilations[i]!, pads[i]! + pads[i + rank]!));
    return this.emit('Conv', [x, w, bias], {
      kernel_shape: ints(w.shape.slice(2)), strides: ints(strides), dilations: ints(dilations), pads: ints(pads), group: int(group),
    }, [{ dtype: x.dtype, shape: [x.shape[0]!, w.shape[0]!, ...spatial] }])[0]!;
  }
  /** x: f32[N, C, …], w: f32[C, O/group, …] */
  convTranspose(x: Value, w: Value, bias?: Value, geometry: ConvGeometry & { readonly outputPadding?: readonly number[] } = {}): Value {
    const rank = w.shape.length - 2;
    const { strides = ones(rank), dilations = ones(rank), pads = zeros(2 * rank), group = 1, outputPadding = zeros(rank) } = geometry;
    const spatial = w.shape.slice(2).map((kernel, i) =>
      (x.shape[i + 2]! - 1) * strides[i]! + dilations[i]! * (kernel - 1) + 1 + outputPadding[i]! - pads[i]! - pads[i + rank]!);
    return this.emit('ConvTranspose', [x, w, bias], {
      kernel_shape: ints(w.shape.slice(2)), strides: ints(strides), dilations: ints(dilations), pads: ints(pads), group: int(group), output_padding: ints(outputPadding),
    }, [{ dtype: x.dtype, shape: [x.shape[0]!, w.shape[1]! * group, ...spatial] }])[0]!;
  }

  /**
   * A `Loop` of `trips` (i64 scalar) turns.
   *
   * `build` gets the body's builder, the turn's index (i64 scalar) and the carried values; it gives the next carried
   * values and, per turn, the values to stack: the result's `scans` have a leading dimension whose length is `trips`,
   * written here as `scanLength` (the largest number of turns, since a builder's shapes are numbers).
   */
  loop(trips: Value, carried: readonly Value[], scanLength: number, build: (body: GraphBuilder, turn: Value, carried: readonly Value[]) => { readonly next: readonly Value[]; readonly scans: readonly Value[] }): { readonly carried: readonly Value[]; readonly scans: readonly Value[] } {
    const body = this.body();
    const turn = body.input(this.#fresh('turn'), 'i64', []);
    const going = body.input(this.#fresh('going'), 'bool', []);
    const inside = carried.map((value) => body.input(this.#fresh('carried'), value.dtype, value.shape));
    const { next, scans } = build(body, turn, inside);
    // A body's outputs must be made by nodes of the body, each under a name of its own.
    const outputs = [going, ...next, ...scans].map((value) => body.identity(value));
    const made = this.emit('Loop', [trips, undefined, ...carried], { body: graphAttribute(body.build('body', outputs)) }, [
      ...next.map((value) => ({ dtype: value.dtype, shape: value.shape })),
      ...scans.map((value) => ({ dtype: value.dtype, shape: [scanLength, ...value.shape] })),
    ]);
    return { carried: made.slice(0, next.length), scans: made.slice(next.length) };
  }

  operand(x: Operand, like: DType = 'f32'): Value {
    if (typeof x !== 'number') return x;
    if (like === 'i64') return this.constant(i64([], [x]));
    if (like === 'f64') return this.constant(tensor('f64', [], Float64Array.of(x)));
    return this.constant(x);
  }

  #binary(op: string, a: Operand, b: Operand, dtype?: DType): Value {
    const x = this.operand(a, typeof b === 'number' ? 'f32' : b.dtype);
    const y = this.operand(b, x.dtype);
    return this.emit(op, [x, y], {}, [{ dtype: dtype ?? x.dtype, shape: broadcast(op, x.shape, y.shape) }])[0]!;
  }
  #reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
    const at = axes.map((axis) => normalAxis(axis, x.shape.length));
    return this.emit(op, [x, this.constant(i64([at.length], at))], { keepdims: int(keepDims ? 1 : 0) }, [{ dtype: x.dtype, shape: reducedShape(x.shape, at, keepDims) }])[0]!;
  }
  #swapLast(x: Value): Value {
    const perm = x.shape.map((_, axis) => axis);
    perm.push(...perm.splice(-2).reverse());
    return this.transpose(x, perm);
  }
  #push(node: Node): void {
    this.#nodes.push(node);
    for (const output of node.outputs) this.#producers.set(output, node);
  }
  #register(value: Value): Value {
    this.#values.set(value.name, value);
    return value;
  }
  #claim(name: string): string {
    if (this.#names.taken.has(name)) throw errors.shapeMismatch({ op: 'graph', detail: `the name ${name} is used twice` });
    this.#names.taken.add(name);
    return name;
  }
  #fresh(hint: string): string {
    for (;;) {
      const name = `${this.#scope === '' ? '' : `${this.#scope}/`}${hint}.${this.#names.next++}`;
      if (!this.#names.taken.has(name)) return name;
    }
  }
}

const ones = (n: number): number[] => Array.from({ length: n }, () => 1);
const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);
export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);
