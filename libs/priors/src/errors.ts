import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('PRIORS', {
  unknownPrior: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { name: string; known: readonly string[] }) => `no prior is called ${d.name}; there are: ${d.known.join(', ')}`,
    help: 'name one of these priors, or load the package that brings it',
  },
  duplicatePrior: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { name: string }) => `two priors are called ${d.name}`,
    help: 'load only one of the packages, or rename the prior',
  },
  unknownParam: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { prior: string; param: string; known: readonly string[] }) => `prior ${d.prior} has no param ${d.param}; it has: ${d.known.join(', ')}`,
    help: 'correct the name of the param',
  },
  badParam: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { prior: string; param: string; value: unknown; doc: string }) => `param ${d.param} of prior ${d.prior} cannot be ${String(d.value)}: ${d.doc}`,
    help: 'give a value within the stated range',
  },
});
