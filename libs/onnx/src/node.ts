export type { DataFile } from './node/data-file.js';
export { externalFiles, type ExternalFiles } from './node/external-files.js';
export { keptFiles, loadModelFile, type LoadedModel, type LoadOptions } from './node/load-model-file.js';
