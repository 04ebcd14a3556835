export * from './gen/neuron_atlas.js';
