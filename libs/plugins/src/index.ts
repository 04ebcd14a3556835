export { errors as pluginsErrors } from './errors.js';
export {
  added, atLeastOne, count, file, nonNegative, oneOf, positive, real, share,
  type Param, type Params, type ParamValue, type ParamValues, type Settled,
} from './params.js';
export { recordOf, type Chosen, type Plugin, type PluginChoice, type PluginRecord } from './plugin.js';
export { packageNames } from './package-names.js';
export { createPluginSet, type PluginSet } from './plugin-set.js';
