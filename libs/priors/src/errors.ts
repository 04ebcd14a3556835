import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('PRIORS', {
  noFile: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { plugin: string; param: string }) => `${d.plugin} needs a file in its param ${d.param}`,
    help: 'name the file in the spec, beside the name of the plugin',
  },
  badFile: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { plugin: string; param: string; detail: string }) => `${d.plugin} cannot use the file of its param ${d.param}: ${d.detail}`,
    help: 'give a file of the kind that the documentation of the param names',
  },
  codeRangeOther: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { plugin: string; found: string; wanted: string }) => `${d.plugin} cannot use its range: it is that of ${d.found}, the generator was trained on ${d.wanted}`,
    help: 'name the code-range.json that lies beside the generator, or make one: `neuron-atlas train code-range SPEC`',
  },
  badCanvas: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { plugin: string; detail: string }) => `${d.plugin} cannot draw this canvas: ${d.detail}`,
    help: 'choose another size, or another prior',
  },
});
