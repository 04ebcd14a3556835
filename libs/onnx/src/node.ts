export { loadModelFile, type LoadedModel } from './node/load-model-file.js';
