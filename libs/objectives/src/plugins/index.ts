export { channel } from './channel.js';
export { logit } from './logit.js';
export { neuron } from './neuron.js';
