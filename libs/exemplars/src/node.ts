export { datasetIndexKey, indexDataset, openDataset } from './dataset/dataset-index.js';
export type { DatasetOptions } from './dataset/dataset-format.js';
export { locateDataset, type DatasetLocation } from './dataset/locate-dataset.js';
export { decodePicture, decodeWhole, fillInput, type DecodedPicture } from './picture/decode-picture.js';
