export { checkBlobStore } from './check-blob-store.js';
