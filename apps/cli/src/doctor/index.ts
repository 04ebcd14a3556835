export { coordinator } from './coordinator.js';
export { disk } from './disk.js';
export { gpu } from './gpu.js';
export { memory } from './memory.js';
export { node } from './node.js';
export { operations } from './operations.js';
export { providers } from './providers.js';
export { store } from './store.js';
