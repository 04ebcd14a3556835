import { defineVjp, type Example, type Rule, type stop, type zero } from './rule.js';

/** The rule of an operator that passes no gradient to any input: `why` is stop for indices and predicates, zero for steps. */
export function nowhere(op: string, since: readonly number[], inputs: readonly string[], why: typeof stop | typeof zero, examples: readonly [Example, ...Example[]]): Rule {
  const flat: Record<string, typeof stop | typeof zero> = {};
  for (const name of inputs) flat[name] = why;
  return defineVjp<string, string, string>({ op, since, inputs, outputs: ['y'], flat, vjp: () => ({}), examples });
}
