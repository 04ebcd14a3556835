import { errors } from './errors.js';
import type { Params } from './params.js';
import type { Prior } from './prior.js';

/** A prior with all its params settled. */
export interface ChosenPrior {
  readonly prior: Prior;
  readonly params: Readonly<Record<string, number>>;
}

export interface PriorSet {
  readonly all: readonly Prior[];
  /** Checks name and params, fills in defaults; names and ranges that do not fit are errors. */
  choose(name: string, given: Readonly<Record<string, number | string>>): ChosenPrior;
}

/** Priors by name; two of one name are an error. */
export function createPriorSet(priors: readonly Prior[]): PriorSet {
  const byName = new Map<string, Prior>();
  for (const prior of priors) {
    if (byName.has(prior.name)) throw errors.duplicatePrior({ name: prior.name });
    byName.set(prior.name, prior);
  }
  return {
    all: [...byName.values()],
    choose(name, given) {
      const prior = byName.get(name);
      if (prior === undefined) throw errors.unknownPrior({ name, known: [...byName.keys()] });
      return { prior, params: settle(name, prior.params, given) };
    },
  };
}

function settle(prior: string, params: Params, given: Readonly<Record<string, number | string>>): Record<string, number> {
  for (const param of Object.keys(given)) {
    if (params[param] === undefined) throw errors.unknownParam({ prior, param, known: Object.keys(params) });
  }
  return Object.fromEntries(Object.entries(params).map(([param, { default: fallback, doc, check }]) => {
    const value = given[param] ?? fallback;
    if (typeof value !== 'number' || !check(value)) throw errors.badParam({ prior, param, value, doc });
    return [param, value];
  }));
}
