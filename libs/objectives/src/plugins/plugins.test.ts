import { checkObjective } from '@neuron-atlas/testkit';
import type { Settled } from '@neuron-atlas/plugins';
import { describe } from 'vitest';
import { builtinObjectives } from '../index.js';

const shapes: Readonly<Record<string, readonly (readonly number[])[]>> = {
  channel: [[3, 5, 4, 6], [2, 7], [2, 4, 9]],
  neuron: [[3, 5, 4, 6], [2, 7], [2, 4, 10]],
  logit: [[3, 5], [2, 7, 1, 1]],
};

// Weights at which all that is added counts in a check of slopes.
const params: Readonly<Record<string, Settled>> = { diversity: { weight: 2 }, caricature: { power: 1 } };
const everywhere = [[3, 5, 4, 6], [2, 7], [2, 4, 9]];

describe.each(builtinObjectives)('objective $name', (objective) => checkObjective(objective, shapes[objective.name] ?? everywhere, { params: params[objective.name] ?? {} }));
