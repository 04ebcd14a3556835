import type { Attributes } from './attribute.js';
import type { DType } from './dtype.js';
import type { Tensor } from './tensor.js';

/** A dimension: a number, a symbol such as `N`, or unknown. */
export type Dim = number | string | null;

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** Set where the file gives no tensor type (a branch's output, a sequence); `dtype` then says nothing. */
  readonly untyped?: true;
  /** Absent when not even the rank is known. */
  readonly shape?: readonly Dim[] | undefined;
}

export interface Node {
  readonly name: string;
  readonly op: string;
  /** '' is the standard domain, ai.onnx. */
  readonly domain: string;
  /** Value names; '' is an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Attributes;
}

/** A graph as plain data, its nodes in topological order. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Without the initialisers that old files (IR 3) list among the inputs. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Types of values that nodes make, where the file is to say them or was asked for them. */
  readonly declared?: readonly ValueInfo[];
}

export interface FunctionDefinition {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly opsets: ReadonlyMap<string, number>;
  /** Attributes that a call must give, or may leave out. */
  readonly attributes: readonly string[];
  /** Attributes that a call may give, with their defaults. */
  readonly defaults: Attributes;
}

export interface Model {
  readonly irVersion: number;
  readonly producer: string;
  /** Domain to version; '' is ai.onnx. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: Graph;
  readonly functions: readonly FunctionDefinition[];
  readonly metadata: ReadonlyMap<string, string>;
}
