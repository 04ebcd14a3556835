export * from './attribute.js';
export { arrayType, dtypeCode, dtypeOf, type ArrayOf, type DType, type TensorData } from './dtype.js';
export { errors as onnxErrors } from './errors.js';
export type { Dim, FunctionDefinition, Graph, Model, Node, ValueInfo } from './graph.js';
export { GraphBuilder, sameShape, type ConvGeometry, type Operand, type Value } from './graph-builder.js';
export type { Runtime, Session, SessionOptions } from './runtime.js';
export { broadcast, convOutput, normalAxis, reducedShape } from './shape-arithmetic.js';
export { f32, i64, sizeOf, tensor, toNumbers, type Tensor } from './tensor.js';
