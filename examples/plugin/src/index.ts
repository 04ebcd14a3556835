import type { Objective } from '@neuron-atlas/objectives';
import type { Prior } from '@neuron-atlas/priors';
import { mirror } from './mirror.js';
import { selective } from './selective.js';

// These names are what neuron-atlas reads: lists of `priors` and `objectives`, also of `regularisers` and `transforms`.
export const priors: readonly Prior[] = [mirror as unknown as Prior];
export const objectives: readonly Objective[] = [selective as unknown as Objective];
