import { defineErrors } from '@neuron-atlas/errors';

const list = (names: readonly string[]): string => names.join(', ');

export const errors = defineErrors('TRAINING', {
  duplicateParameter: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { parameter: string }) => `the parameter ${d.parameter} is declared twice`,
    help: 'give every parameter a name of its own',
  },
  unknownParameter: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { parameter: string; parameters: readonly string[] }) => `the network asks for the parameter ${d.parameter}, which is not declared; declared are: ${list(d.parameters)}`,
    help: 'declare the parameter with its shape and start, or correct its name',
  },
  unusedParameter: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { parameter: string }) => `the network never asks for the parameter ${d.parameter}`,
    help: 'leave the parameter out, or use it in the network',
  },
  reservedName: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { metric: string }) => `a metric cannot be named ${d.metric}`,
    help: 'choose another name for the metric: the loss is given as `loss`',
  },
  lossShape: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { what: string; shape: readonly number[] }) => `${d.what} has shape [${d.shape.join(', ')}], not that of one number`,
    help: 'reduce it to a scalar, over the batch too',
  },
  startSize: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { parameter: string; shape: readonly number[]; length: number }) => `the start of parameter ${d.parameter} has ${d.length} elements, its shape is [${d.shape.join(', ')}]`,
    help: 'let init give as many elements as the shape has',
  },
  notFinite: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { step: number; what: string; value: string }) => `${d.what} is ${d.value} at step ${d.step}; the parameters are those before it`,
    help: 'train with a smaller learning rate from the last checkpoint, and look at what was fed in at this step',
  },
  learningRate: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { learningRate: number; step: number }) => `the learning rate of step ${d.step} is ${d.learningRate}`,
    help: 'give a finite number that is not negative',
  },
  checkpointMalformed: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { reason: string }) => `this is not a checkpoint of a training: ${d.reason}`,
    help: 'restore from bytes that checkpoint() gave, whole and unchanged',
  },
  checkpointMismatch: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { expected: string; found: string }) => `the checkpoint belongs to another network: it holds ${d.found}, this one has ${d.expected}`,
    help: 'restore a checkpoint of a training with the same parameters and shapes',
  },
  checkpointOther: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { found: string; wanted: string }) => `the checkpoint is of another training, ${d.found.slice(0, 12)}, than this one, ${d.wanted.slice(0, 12)}: encoder, pictures or recipe have changed`,
    help: 'go on with the spec, the encoder and the pictures that it was made with, or write the output elsewhere',
  },
  codeShape: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { shape: readonly number[] }) => `a code of shape [${d.shape.join(', ')}] is neither a row [D] nor maps [C, H, W]`,
    help: 'choose a convolutional, pooled or dense layer',
  },
  groupsSize: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { groups: readonly number[]; answers: number }) => `groups of ${d.groups.join(', ')} answers are not the ${d.answers} that the network gives`,
    help: 'let the sizes in encoder.groups add up to the answers, or leave them out',
  },
  tooManyPixels: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { pictures: number; size: number; bytes: number; limit: number }) => `${d.pictures} pictures of ${d.size} pixels take ${Math.ceil(d.bytes / 2 ** 20)} MB; a training holds up to ${Math.floor(d.limit / 2 ** 20)} MB of them`,
    help: 'set pictures.count to fewer, or a smaller size',
  },
  noVariance: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { what: string; pictures: number }) => `${d.what} is the same for all ${d.pictures} pictures, so nothing can be learned from it`,
    help: 'give pictures that differ, or choose a layer that answers to them',
  },
  tooFewPictures: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { count: number; validation: number; heldOut: number }) =>
      `${d.count} ${d.count === 1 ? 'picture is' : 'pictures are'} too few: ${d.heldOut} are held out and ${d.validation} watched, and at least as many must be left to learn from`,
    help: 'give more pictures, or hold out fewer',
  },
  codeRangeMalformed: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { reason: string }) => `this is not a code range: ${d.reason}`,
    help: 'make it anew: `neuron-atlas train code-range SPEC`',
  },
});
