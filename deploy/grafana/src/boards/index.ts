export { agents } from './agents.js';
export { coordinator } from './coordinator.js';
export { faults } from './faults.js';
export { fleet } from './fleet.js';
export { sweep } from './sweep.js';
