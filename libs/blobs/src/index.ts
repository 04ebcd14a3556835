export type { BlobStat, BlobStore, LargeContent, PutOptions } from './blob-store.js';
export { checkKey } from './check-key.js';
export { checkWritable } from './check-writable.js';
export { openStore, type OpenOptions } from './open-store.js';
