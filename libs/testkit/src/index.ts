export { assertStandard } from './assert-standard.js';
export { checkBlobStore } from './check-blob-store.js';
export { checkObjective } from './check-objective.js';
export { checkPrior, type CheckPriorOptions } from './check-prior.js';
export { checkRule, hasOperator } from './check-rule.js';
export { evaluate } from './evaluate.js';
export { seeded } from './seeded.js';
