import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('OBJECTIVES', {
  unknownObjective: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { name: string; known: readonly string[] }) => `no objective is called ${d.name}; there are: ${d.known.join(', ')}`,
    help: 'name one of these objectives, or load the package that brings it',
  },
  duplicateObjective: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { name: string }) => `two objectives are called ${d.name}`,
    help: 'load only one of the packages, or rename the objective',
  },
  unknownParam: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string; param: string; known: readonly string[] }) =>
      `objective ${d.objective} has no param ${d.param}; it has: ${d.known.length === 0 ? 'none' : d.known.join(', ')}`,
    help: 'correct the name of the param',
  },
  badParam: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string; param: string; value: unknown; doc: string }) => `param ${d.param} of objective ${d.objective} cannot be ${String(d.value)}: ${d.doc}`,
    help: 'give a value within the stated range',
  },
  wrongRank: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string; tensor: string; shape: readonly number[]; needs: string }) => `objective ${d.objective} cannot read ${d.tensor} of shape [${d.shape.join(', ')}]: it needs ${d.needs}`,
    help: 'choose an objective that fits the layer, or other layers',
  },
  outside: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string; tensor: string; y: number; x: number; shape: readonly number[] }) => `position (${d.y}, ${d.x}) of objective ${d.objective} lies outside ${d.tensor} of shape [${d.shape.join(', ')}]`,
    help: 'give a position within the map, or -1 for its centre',
  },
});
