import type { Attributes, Graph, Model, Node, ValueInfo } from '../src/index.js';

export const node = (op: string, inputs: readonly string[], outputs: readonly string[], attrs: Attributes = {}, domain = ''): Node =>
  ({ name: `${op}_of_${outputs[0]}`, op, domain, inputs, outputs, attrs });

/** An output whose type is left to the runtime. */
export const output = (name: string): ValueInfo => ({ name, dtype: 'f32', untyped: true });

/** A model from x to y, with the parts under test put in. */
export const modelOf = (opset: number, graph: Partial<Graph>, rest: Partial<Model> = {}): Model => ({
  irVersion: 8, producer: 'test', opsets: new Map([['', opset]]), functions: [], metadata: new Map(), ...rest,
  graph: { name: 'g', nodes: [], inputs: [{ name: 'x', dtype: 'f32' }], outputs: [output('y')], initializers: new Map(), ...graph },
});
