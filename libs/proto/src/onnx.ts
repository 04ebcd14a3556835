export * from './gen/onnx.js';
