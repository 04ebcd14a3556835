export { adam } from './adam.js';
export { meanAbsolute } from './mean-absolute.js';
export { nadam } from './nadam.js';
export { progress } from './progress.js';
export { sgd } from './sgd.js';
