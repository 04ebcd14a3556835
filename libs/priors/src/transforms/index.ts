export { crop } from './crop.js';
export { flip } from './flip.js';
export { jitter } from './jitter.js';
export { noise } from './noise.js';
export { pad } from './pad.js';
export { rotate } from './rotate.js';
export { scale } from './scale.js';
