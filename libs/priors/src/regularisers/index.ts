export { blur } from './blur.js';
export { decay } from './decay.js';
export { l1 } from './l1.js';
export { l2 } from './l2.js';
export { smallContribution } from './small-contribution.js';
export { smallNorm } from './small-norm.js';
export { tv } from './tv.js';
export { tvStep } from './tv-step.js';
