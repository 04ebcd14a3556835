import { checkPrior } from '@neuron-atlas/testkit';
import { describe } from 'vitest';
import { builtinPriors } from '../index.js';

describe.each(builtinPriors)('prior $name', (prior) => checkPrior(prior));
