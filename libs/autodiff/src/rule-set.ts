import { errors } from './errors.js';
import type { Rule } from './rule.js';

/** Rules are written for graphs of these opsets; libs/onnx brings older models up to them. */
export const lowestOpset = 18;
export const highestOpset = 22;

export interface RuleSet {
  /** The rule for an operator of the standard domain as that opset defines it. */
  readonly find: (op: string, opset: number) => Rule | undefined;
  /** The operators that have a rule, sorted. */
  readonly ops: readonly string[];
}

/** A set to look rules up in; an error for two rules that claim the same version of an operator. */
export function createRuleSet(rules: readonly Rule[]): RuleSet {
  const byOp = new Map<string, Map<number, Rule>>();
  for (const rule of rules) {
    const versions = byOp.get(rule.op) ?? new Map<number, Rule>();
    byOp.set(rule.op, versions);
    for (const since of rule.since) {
      if (versions.has(since)) throw errors.duplicateRule({ op: rule.op, since });
      versions.set(since, rule);
    }
  }
  return {
    ops: [...byOp.keys()].sort(),
    find: (op, opset) => {
      const newest = [...(byOp.get(op)?.entries() ?? [])].filter(([since]) => since <= opset).sort(([a], [b]) => b - a)[0];
      return newest?.[1];
    },
  };
}
