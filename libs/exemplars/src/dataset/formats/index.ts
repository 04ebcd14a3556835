export { folder } from './folder.js';
export { parquet } from './parquet.js';
export { tar } from './tar.js';
