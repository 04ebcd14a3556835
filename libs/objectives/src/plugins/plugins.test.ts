import { checkObjective } from '@neuron-atlas/testkit';
import type { Settled } from '@neuron-atlas/plugins';
import { describe } from 'vitest';
import { builtinObjectives } from '../index.js';

const shapes: Readonly<Record<string, readonly (readonly number[])[]>> = {
  channel: [[3, 5, 4, 6], [2, 7], [2, 4, 9]],
  neuron: [[3, 5, 4, 6], [2, 7], [2, 4, 10]],
  facet: [[3, 5, 4, 6], [2, 7], [2, 4, 10]],
  logit: [[3, 5], [2, 7, 1, 1]],
};

// Weights at which all that is added counts in a check of slopes.
const params: Readonly<Record<string, Settled>> = { diversity: { weight: 2 }, caricature: { power: 1 } };
const everywhere = [[3, 5, 4, 6], [2, 7], [2, 4, 9]];

const golden: Readonly<Record<string, number>> = {
  caricature: 0.061202, channel: -0.01675, 'cosine-direction': 0.462149, direction: -0.01675, diversity: -15.000027, interpolate: -0.196015, joint: -0.392029, layer: 3.032116,
  facet: -0.785029, logit: -1.245064, negative: 0.01675, neuron: -0.785029,
};

describe.each(builtinObjectives)('objective $name', (objective) => checkObjective(objective, shapes[objective.name] ?? everywhere, { params: params[objective.name] ?? {}, golden: golden[objective.name]! }));

describe('objective facet, raising the mean', () => checkObjective(builtinObjectives.find(({ name }) => name === 'facet')!, everywhere, { params: { raises: 'channel' }, golden: golden['channel']! }));
