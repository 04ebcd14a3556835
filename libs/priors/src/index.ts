export { errors as priorsErrors } from './errors.js';
export { count, nonNegative, positive, type Param, type Params, type ParamValues } from './params.js';
export { definePrior, type Canvas, type Prior } from './prior.js';
export { createPriorSet, type ChosenPrior, type PriorSet } from './prior-set.js';
import * as plugins from './plugins/index.js';
import type { Prior } from './prior.js';

/** The priors that come with the project. */
export const builtinPriors: readonly Prior[] = Object.values(plugins) as readonly unknown[] as readonly Prior[];
