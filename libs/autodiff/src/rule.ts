import type { Attributes, GraphBuilder, Node, Tensor, Value } from '@neuron-atlas/onnx';
import type { Range } from './range.js';
import type { Phases } from './totals.js';

/** This input never carries a gradient: an index, a shape, a predicate. */
export const stop: unique symbol = Symbol('stop');
/** This input's gradient is zero wherever it exists: Floor, Sign. */
export const zero: unique symbol = Symbol('zero');

/** Gives the gradient of one input, in any shape that broadcasts from or to the input's: the engine sums and expands. */
export type Cotangent = () => Value;

// Names of inputs and outputs: `x` is always there, `b?` may be left out, `...parts` is a list.
type NameOf<S extends string> = S extends `...${infer N}` ? N : S extends `${infer N}?` ? N : S;
type ValueOf<S extends string> = S extends `...${string}` ? readonly Value[] : S extends `${string}?` ? Value | undefined : Value;
type Values<S extends string> = { readonly [K in S as NameOf<K>]: ValueOf<K> };
type Cotangents<S extends string, F extends string> = {
  readonly [K in S as NameOf<K> extends F ? never : NameOf<K>]: K extends `...${string}` ? readonly Cotangent[] : Cotangent;
};

/** What a rule may ask about the graph around its node. */
export interface Surroundings {
  /** The tensor behind a value that is known while building. */
  readonly constant: (value: Value | undefined) => Tensor | undefined;
  /** The node that makes a value; undefined for graph inputs and constants. */
  readonly producer: (value: Value) => Node | undefined;
  /** The value of that name in this graph. */
  readonly value: (name: string) => Value | undefined;
  /** The one node through which all of a value's gradient comes; undefined if there are several, or if the value is itself asked for. */
  readonly soleConsumer: (value: Value) => Node | undefined;
  /** The nodes through which a value's gradient comes. */
  readonly consumers: (value: Value) => readonly Node[];
  /** Whether a value is a Relu's result that a MaxPool alone reads, and the pool masks its gradient at its own, smaller size in the Relu's stead. */
  readonly maskedByPool: (value: Value) => boolean;
  /** Whether a maximum goes back to the first element that holds it, as through a switch; else those that hold it share it. */
  readonly switches: boolean;
  /** Whether no element can be negative, as far as the operators before it tell. */
  readonly nonNegative: (value: Value) => boolean;
  /** Whether a gradient has come to a value as a whole, and the parts in which it has come; the gradient is the sum of both. */
  readonly arrived: (value: Value) => { readonly whole: boolean; readonly parts: readonly Value[] | undefined };
}

export interface VjpContext<I extends string, O extends string> {
  readonly g: GraphBuilder;
  readonly node: Node;
  readonly attrs: Attributes;
  readonly inputs: Values<I>;
  readonly outputs: Values<O>;
  /** One per output, of that output's shape; zeros where none arrives. */
  readonly grads: Values<O>;
  readonly around: Surroundings;
}

export interface VjpRule<I extends string, O extends string, F extends string = never> {
  readonly op: string;
  /** The SinceVersions of the operator this rule was read against, within opsets 18 to 22. */
  readonly since: readonly number[];
  /** In ONNX order; `b?` is optional, `...parts` takes all that are left. */
  readonly inputs: readonly I[];
  readonly outputs: readonly O[];
  /** The inputs that carry no gradient, and why. */
  readonly flat?: { readonly [K in F]: typeof stop | typeof zero };
  /** Why a node of this operator cannot be differentiated, read from the node alone. */
  readonly refuses?: (node: Node) => string | undefined;
  /** A thunk per input that is not flat; the engine calls only those that lead to a wanted input. Emits nothing itself. */
  readonly vjp: (ctx: VjpContext<I, O>) => Cotangents<I, F>;
  /** The function whose gradient this is, where it is not the operator's own: a step's, passed straight through. */
  readonly smooth?: (ctx: Pick<VjpContext<I, O>, 'g' | 'attrs' | 'inputs'>) => Value;
  /**
   * The gradient of the first input in parts of these sizes along axis 1, where that input is a Concat and slicing its
   * gradient would cost more; undefined where it would not.
   */
  readonly inParts?: (ctx: VjpContext<I, O>, sizes: readonly number[]) => readonly Value[] | undefined;
  /** The gradient of the first input in phases, where others come in phases too and all are put together once; undefined where that does not pay. */
  readonly inPhases?: (ctx: VjpContext<I, O>) => Phases | undefined;
  /** The range of the first input that is read, where it is one: gradients of several that are apart are put together once. */
  readonly range?: (ctx: Omit<VjpContext<I, O>, 'grads'>) => Range | undefined;
  /** What the shared gradient check runs this rule on. A rule with none does not compile. */
  readonly examples: readonly [Example, ...Example[]];
}

/** One case of the shared gradient check (testkit's checkRule). */
export interface Example {
  /** Of the inputs in order; null is an input left out, or one given in `constants` or `feeds`. */
  readonly shapes: readonly (readonly number[] | null)[];
  /** Inputs are drawn uniformly from this range. Use it to stay off kinks and poles. @default [-1, 1] */
  readonly range?: readonly [low: number, high: number];
  /** Ranges of single inputs, by name. */
  readonly ranges?: Readonly<Record<string, readonly [low: number, high: number]>>;
  /** Values that no element comes near: kinks. */
  readonly avoid?: readonly number[];
  /** All elements of an input far apart from each other: for maxima. */
  readonly distinct?: boolean;
  readonly attrs?: Attributes;
  /** Inputs with these values, known while building. */
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** Inputs with these values, known only when the graph runs. */
  readonly feeds?: Readonly<Record<string, Tensor>>;
  /** Drawn inputs that are known while building, as weights are. */
  readonly fixed?: readonly string[];
  /** How many outputs the node has. @default 1 */
  readonly outputs?: number;
  /** The opset of the case, for operators that are newer than 18. @default 18 */
  readonly opset?: number;
  /** The last opset that has this form of the operator. @default 22 */
  readonly lastOpset?: number;
}

/** A rule as the engine sees it, its names unknown to the type checker. */
export interface Rule {
  readonly op: string;
  readonly since: readonly number[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly flat?: Readonly<Record<string, typeof stop | typeof zero>>;
  readonly refuses?: (node: Node) => string | undefined;
  readonly vjp: (ctx: RuleContext) => Readonly<Record<string, Cotangent | readonly Cotangent[]>>;
  readonly smooth?: (ctx: Pick<RuleContext, 'g' | 'attrs' | 'inputs'>) => Value;
  readonly inParts?: (ctx: RuleContext, sizes: readonly number[]) => readonly Value[] | undefined;
  readonly inPhases?: (ctx: RuleContext) => Phases | undefined;
  readonly range?: (ctx: Omit<RuleContext, 'grads'>) => Range | undefined;
  readonly examples: readonly [Example, ...Example[]];
}
export interface RuleContext {
  readonly g: GraphBuilder;
  readonly node: Node;
  readonly attrs: Attributes;
  readonly inputs: Readonly<Record<string, ValueSlot>>;
  readonly outputs: Readonly<Record<string, ValueSlot>>;
  readonly grads: Readonly<Record<string, ValueSlot>>;
  readonly around: Surroundings;
}
export type ValueSlot = Value | readonly Value[] | undefined;

/** A gradient rule, checked against its own names; leaving an input out does not compile. */
export const defineVjp = <const I extends string, const O extends string, const F extends string = never>(rule: VjpRule<I, O, F>): Rule =>
  rule as unknown as Rule; // the engine fills every slot by name, from `inputs` and `outputs`
