export * from './gen/neuron_atlas.js';
export { atlasErrors, errorTrailer, fromGrpcError, toGrpcError } from './wire-error.js';
