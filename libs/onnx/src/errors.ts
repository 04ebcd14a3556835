import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('ONNX', {
  unknownDtype: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { code: number; where: string }) => `element type ${d.code} of ${d.where} is not known`,
    help: 'export the model with float32, float16 or integer tensors',
  },
  tensorLength: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { shape: readonly number[]; length: number }) => `${d.length} elements do not fill shape [${d.shape.join(', ')}]`,
    help: 'give as many elements as the shape has',
  },
  notNumeric: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { dtype: string }) => `a tensor of ${d.dtype} has no numbers`,
    help: 'use a numeric tensor',
  },
  shapeMismatch: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { op: string; detail: string }) => `${d.op}: ${d.detail}`,
    help: 'check the shapes of the inputs of this operator',
  },
});
