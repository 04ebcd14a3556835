import type { Value } from '@neuron-atlas/onnx';
import { defineVjp, type Example, type Rule, type VjpContext } from './rule.js';

export interface ElementwiseContext extends Pick<VjpContext<'x', 'y'>, 'g' | 'attrs' | 'around'> { readonly x: Value; readonly y: Value; readonly dy: Value }

/** The rule of an operator that maps one tensor element by element; `gradient` gives dx. */
export const elementwise = (op: string, since: readonly number[], gradient: (ctx: ElementwiseContext) => Value, examples: readonly [Example, ...Example[]]): Rule => defineVjp({
  op,
  since,
  inputs: ['x'],
  outputs: ['y'],
  vjp: ({ g, attrs, around, inputs, outputs, grads }) => ({
    x: () => gradient({ g, attrs, around, x: inputs.x, y: outputs.y, dy: grads.y }),
  }),
  examples,
});
