export { AtlasError, isAtlasError, describe, type AtlasErrorJson } from './atlas-error.js';
export { defineErrors, type ErrorDefinition, type Errors } from './define-errors.js';
export { grpcCode, type GrpcCode } from './grpc-code.js';
