import { errors } from './errors.js';
import type { Objective } from './objective.js';

/** An objective with all its params settled. */
export interface ChosenObjective {
  readonly objective: Objective;
  readonly params: Readonly<Record<string, number>>;
}

export interface ObjectiveSet {
  readonly all: readonly Objective[];
  /** Checks name and params, fills in defaults; names and ranges that do not fit are errors. */
  choose(name: string, given: Readonly<Record<string, number | string>>): ChosenObjective;
}

/** Objectives by name; two of one name are an error. */
export function createObjectiveSet(objectives: readonly Objective[]): ObjectiveSet {
  const byName = new Map<string, Objective>();
  for (const objective of objectives) {
    if (byName.has(objective.name)) throw errors.duplicateObjective({ name: objective.name });
    byName.set(objective.name, objective);
  }
  return {
    all: [...byName.values()],
    choose(name, given) {
      const objective = byName.get(name);
      if (objective === undefined) throw errors.unknownObjective({ name, known: [...byName.keys()] });
      const { params } = objective;
      for (const param of Object.keys(given)) {
        if (params[param] === undefined) throw errors.unknownParam({ objective: name, param, known: Object.keys(params) });
      }
      return {
        objective,
        params: Object.fromEntries(Object.entries(params).map(([param, { default: fallback, doc, check }]) => {
          const value = given[param] ?? fallback;
          if (typeof value !== 'number' || !check(value)) throw errors.badParam({ objective: name, param, value, doc });
          return [param, value];
        })),
      };
    },
  };
}
