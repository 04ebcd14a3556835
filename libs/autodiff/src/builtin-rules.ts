import { createRuleSet, type RuleSet } from './rule-set.js';
import * as rules from './rules/index.js';

/** Every rule of this package. */
export const builtinRules: RuleSet = createRuleSet(Object.values(rules));
