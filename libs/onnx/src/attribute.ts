import type { Graph } from './graph.js';
import type { Tensor } from './tensor.js';

/** A node's attribute, with the type that the file format gives it. */
export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph }
  /** Inside a function's body only: the attribute of that name of the node that calls the function. */
  | { readonly type: 'reference'; readonly value: string; readonly of: ValueAttributeType };

/** What an attribute that holds a value may be. */
export type ValueAttributeType = 'int' | 'float' | 'string' | 'ints' | 'floats' | 'strings' | 'tensor' | 'graph';

export type Attributes = Readonly<Record<string, Attribute>>;

export const int = (value: number): Attribute => ({ type: 'int', value });
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value });
export const float = (value: number): Attribute => ({ type: 'float', value });
export const floats = (value: readonly number[]): Attribute => ({ type: 'floats', value });
export const string = (value: string): Attribute => ({ type: 'string', value });
export const tensorAttribute = (value: Tensor): Attribute => ({ type: 'tensor', value });
export const graphAttribute = (value: Graph): Attribute => ({ type: 'graph', value });

/** The attribute's value if it is there and of that type, else the operator's default. */
export function intOr(attrs: Attributes, name: string, fallback: number): number {
  const attr = attrs[name];
  return attr?.type === 'int' ? attr.value : fallback;
}
export function floatOr(attrs: Attributes, name: string, fallback: number): number {
  const attr = attrs[name];
  return attr?.type === 'float' ? attr.value : fallback;
}
export function stringOr(attrs: Attributes, name: string, fallback: string): string {
  const attr = attrs[name];
  return attr?.type === 'string' ? attr.value : fallback;
}
export function intsOr<T>(attrs: Attributes, name: string, fallback: T): readonly number[] | T {
  const attr = attrs[name];
  return attr?.type === 'ints' ? attr.value : fallback;
}
