export { folderIndexKey, indexFolder, openFolder, type FolderIndex } from './dataset/folder.js';
export { decodePicture, decodeWhole, fillInput, type DecodedPicture } from './picture/decode-picture.js';
