export { errors as objectivesErrors } from './errors.js';
export { chooseObjective, type ChosenObjective } from './choose-objective.js';
export { isFormula, parseFormula, printFormula, termsOf, withTerms, type Formula, type FormulaTerm } from './formula.js';
export { defineObjective, type Objective, type Target } from './objective.js';
import * as plugins from './plugins/index.js';
import type { Objective } from './objective.js';

/** The objectives that come with the project. */
export const builtinObjectives: readonly Objective[] = Object.values(plugins) as readonly unknown[] as readonly Objective[];
