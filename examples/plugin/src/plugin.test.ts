import { checkObjective, checkPrior } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { objectives, priors } from './index.js';

const [mirror] = priors;
const [selective] = objectives;

describe('prior mirror', () => checkPrior(mirror!));
describe('prior mirror about the other axis', () => checkPrior(mirror!, { params: { about: 'horizontal' } }));
describe('objective selective', () => checkObjective(selective!, [[3, 4, 5, 5], [2, 6]]));

describe('the package', () => {
  it('brings one of each', () => {
    expect([...priors, ...objectives].map(({ name, version }) => `${name}@${version}`)).toEqual(['mirror@1', 'selective@1']);
  });
});
