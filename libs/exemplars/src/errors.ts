import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('EXEMPLARS', {
  badPlace: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { place: readonly number[]; shape: readonly number[] }) => `[${d.place.join(', ')}] is no place of a value of shape [${d.shape.join(', ')}]`,
    help: 'give an index from 0 for every axis of the value, below its length',
  },
});
