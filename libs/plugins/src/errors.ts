import { defineErrors } from '@neuron-atlas/errors';

const list = (known: readonly string[]): string => (known.length === 0 ? 'none' : known.join(', '));

export const errors = defineErrors('PLUGINS', {
  unknownName: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { kind: string; name: string; known: readonly string[] }) => `no ${d.kind} is called ${d.name}; there are: ${list(d.known)}`,
    help: 'name one of these, or load the package that brings it',
  },
  duplicate: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { kind: string; name: string }) => `two plugins of kind ${d.kind} are called ${d.name}`,
    help: 'load only one of the packages, or rename one of the two',
  },
  unknownParam: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { kind: string; name: string; param: string; known: readonly string[] }) => `${d.kind} ${d.name} has no param ${d.param}; it has: ${list(d.known)}`,
    help: 'correct the name of the param',
  },
  badParam: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { kind: string; name: string; param: string; value: unknown; doc: string }) => `param ${d.param} of ${d.kind} ${d.name} cannot be ${String(d.value)}: ${d.doc}`,
    help: 'give a value within the stated range',
  },
});
