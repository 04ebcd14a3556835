import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('EXEMPLARS', {
  badPlace: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { place: readonly number[]; shape: readonly number[] }) => `[${d.place.join(', ')}] is no place of a value of shape [${d.shape.join(', ')}]`,
    help: 'give an index from 0 for every axis of the value, below its length',
  },
  badTally: {
    grpc: 'DATA_LOSS',
    message: (d: { name: string; problem: string }) => `${d.name} is damaged or no tally: ${d.problem}`,
    help: 'run the sweep again into the same output, or copy the file again from where it came',
  },
  badPicture: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { id: string; reason: string }) => `${d.id} cannot be read as a picture: ${d.reason}`,
    help: 'mend or remove the file; the sweep goes on without it and names it among the skipped samples',
  },
  emptyDataset: {
    grpc: 'NOT_FOUND',
    message: (d: { path: string }) => `there is no picture in ${d.path}`,
    help: 'name a folder that holds files of the kinds jpg, png, webp, gif, tiff, avif or bmp, itself or in folders below it',
  },
  badIndex: {
    grpc: 'DATA_LOSS',
    message: (d: { key: string }) => `${d.key} is not the list of the data set's pictures that the sweep was planned with`,
    help: 'restore the file in the output, or run the sweep anew into another output',
  },
});
