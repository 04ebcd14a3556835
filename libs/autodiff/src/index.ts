export type { BackwardMode } from './backward-mode.js';
export { builtinRules } from './builtin-rules.js';
export { checkGradient, type GradientCheck } from './check-gradient.js';
export { errors as autodiffErrors } from './errors.js';
export { findBlocks } from './find-blocks.js';
export { gradients, type GradientOptions } from './gradients.js';
export { createRuleSet, highestOpset, lowestOpset, type RuleSet } from './rule-set.js';
export { defineVjp, stop, zero, type Cotangent, type Example, type Rule, type Surroundings, type VjpContext, type VjpRule } from './rule.js';
export * as rules from './rules/index.js';
