import { defineErrors } from '@neuron-atlas/errors';

const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

export const errors = defineErrors('ONNX', {
  // ---- tensors and builders ----
  unknownDtype: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { code: number; where: string }) => `element type ${d.code} of ${d.where} is not known`,
    help: 'export the model with float32, float16 or integer tensors',
  },
  tensorLength: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { shape: readonly number[]; length: number }) => `${d.length} elements do not fill shape ${list(d.shape)}`,
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

  // ---- files ----
  notOnnx: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { file: string; looks: string }) => `${d.file} is not an ONNX model: it ${d.looks}`,
    help: 'give the path of an .onnx file; export it from your framework first, and fetch it whole if it is kept elsewhere',
  },
  truncated: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { file: string; sizeBytes: number; neededBytes: number; field: string }) =>
      `${d.file} ends too early: ${d.sizeBytes} bytes are there, its ${d.field} needs at least ${d.neededBytes}`,
    help: 'copy or download the file again, whole',
  },
  malformed: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { file: string; reason: string }) => `${d.file} cannot be read as an ONNX model: ${d.reason}`,
    help: 'export the model again, or check that the file was not damaged on its way',
  },
  noFile: {
    grpc: 'NOT_FOUND',
    message: (d: { file: string; reason: string }) => `the model file ${d.file} cannot be read: ${d.reason}`,
    help: 'check the path and its permissions',
  },
  fileTooLarge: {
    grpc: 'RESOURCE_EXHAUSTED',
    message: (d: { file: string; sizeBytes: number; limitBytes: number }) => `${d.file} is ${d.sizeBytes} bytes with its tensors; the limit is ${d.limitBytes}`,
    help: 'export the model with its weights as external data, in a file beside it',
  },
  externalMissing: {
    grpc: 'NOT_FOUND',
    message: (d: { tensor: string; location: string; reason: string }) => `the data of tensor ${d.tensor} should lie in ${d.location}: ${d.reason}`,
    help: 'put the external data file beside the model, under the name it was exported with',
  },
  externalEscapes: {
    grpc: 'PERMISSION_DENIED',
    message: (d: { tensor: string; location: string }) => `the data of tensor ${d.tensor} points outside the folder of the model: ${d.location}`,
    help: 'export the model with its external data beside it; do not use a model from a source you do not trust',
  },
  tensorData: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { tensor: string; dtype: string; shape: readonly number[]; expected: number; got: number; unit: string }) =>
      `tensor ${d.tensor} of ${d.dtype}${list(d.shape)} needs ${d.expected} ${d.unit}, the file gives ${d.got}`,
    help: 'export the model again; the file contradicts itself',
  },
  tensorShape: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { tensor: string; dims: readonly string[] }) => `tensor ${d.tensor} has no possible shape: [${d.dims.join(', ')}]`,
    help: 'export the model again; the file contradicts itself',
  },
  tensorForm: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { tensor: string; form: string }) => `tensor ${d.tensor} is stored as ${d.form}, which is not supported`,
    help: 'export the model with plain dense tensors',
  },
  attributeForm: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { node: string; op: string; attribute: string; form: string }) =>
      `attribute ${d.attribute} of node ${d.node} (${d.op}) ${d.form}`,
    help: 'export the model without this operator, or with a newer exporter',
  },
  attributeTooLarge: {
    grpc: 'RESOURCE_EXHAUSTED',
    message: (d: { file: string; attribute: string; node: string; op: string; sizeBytes: number; limitBytes: number }) =>
      `${d.file}: attribute ${d.attribute} of node ${d.node} (${d.op}) has ${d.sizeBytes} bytes; beside raw tensors the limit is ${d.limitBytes}`,
    help: 'export the model with its weights as initialisers; do not use a model from a source you do not trust',
  },

  // ---- graphs ----
  duplicateName: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { value: string; first: string; second: string }) => `the value ${d.value} is made twice: by ${d.first} and by ${d.second}`,
    help: 'export the model again; every value of a graph needs a name of its own',
  },
  unknownValue: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { value: string; reader: string }) => `${d.reader} reads the value ${d.value}, which nothing makes`,
    help: 'export the model again; the graph is not complete',
  },
  cycle: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { nodes: readonly string[] }) => `the graph runs in a circle: ${d.nodes.join(' → ')}`,
    help: 'export the model again; a node may not read what it makes',
  },
  noSuchValue: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { name: string; known: readonly string[] }) => `the graph has no value ${d.name}; near it are: ${d.known.join(', ')}`,
    help: 'name a value as neuron-atlas inspect lists it',
  },
  openInput: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { names: readonly string[]; input: string }) => `besides the picture (${d.input}) the model wants ${d.names.join(', ')}, which has no value`,
    help: 'give it a constant: model.inputs in a spec, --inputs on the command line; or export the model without it',
  },
  inputValues: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { input: string; dtype: string; shape: readonly number[]; reason: string }) => `the input ${d.input} is ${d.dtype}${list(d.shape)}: ${d.reason}`,
    help: 'give one number for all of its elements, or as many as it has; open dimensions count as 1',
  },
  inputDtype: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { dtype: string }) => `the model takes its picture as ${d.dtype}`,
    help: 'export the model with a float32, float16 or uint8 input',
  },
  inputShape: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { input: string; shape: readonly number[]; declared: readonly string[] }) => `the input ${d.input} of [${d.declared.join(', ')}] cannot be given as ${list(d.shape)}`,
    help: 'give as many dimensions as the input has, each above 0',
  },
  inputTooLarge: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { input: string; shape: readonly number[]; limit: string }) => `the input ${d.input} as ${list(d.shape)} is more than ${d.limit}`,
    help: 'check that the file was not damaged; use a smaller picture or a smaller batch',
  },
  unknownOperator: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { node: string; op: string; opset: number; runtime: string }) => `node ${d.node} uses the operator ${d.op} (opset ${d.opset}), which ${d.runtime} does not have`,
    help: 'export the model with standard operators, or cut it before that node',
  },
  runtimeRefuses: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { input: string; shape: readonly number[]; node?: string; op?: string; reason: string }) =>
      `the runtime refuses the model with ${d.input} of ${list(d.shape)}${d.node === undefined ? '' : ` at node ${d.node} (${d.op})`}: ${d.reason}`,
    help: 'look at that node; try the input size that the model was made for',
  },
  sizedByContent: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { node: string; op: string }) => `the size of what node ${d.node} (${d.op}) makes depends on what the picture shows`,
    help: 'choose layers before that node',
  },
  tooMuch: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { node: string; op: string; asks: string }) => `node ${d.node} (${d.op}) asks for ${d.asks}`,
    help: 'check that the file was not damaged; choose layers before that node',
  },
  branchesTooDeep: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { limit: number }) => `the model has branches inside branches, more than ${d.limit} deep`,
    help: 'export the model without control flow',
  },
  notBatchable: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { fixed: number; batch: number; reason: string }) => `the model is made for batches of ${d.fixed} and cannot be run with ${d.batch}: ${d.reason}`,
    help: 'export the model with a dynamic batch dimension',
  },

  // ---- operator sets ----
  opsetTooNew: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { node: string; op: string; opset: number; newest: number }) =>
      `node ${d.node} uses ${d.op} of opset ${d.opset}; opsets up to ${d.newest} are supported`,
    help: 'export the model with opset 22 or earlier',
  },
  upgradeRefused: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { node: string; op: string; opset: number; reason: string }) =>
      `node ${d.node} (${d.op}, opset ${d.opset}) cannot be brought to a newer opset: ${d.reason}`,
    help: 'export the model again with opset 18 or later',
  },
  functionForm: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { name: string; reason: string }) => `the function ${d.name} of the model cannot be put in place: ${d.reason}`,
    help: 'export the model without functions of its own',
  },
});
