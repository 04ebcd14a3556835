export type { BlobStat, BlobStore } from './blob-store.js';
