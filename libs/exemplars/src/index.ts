export { errors as exemplarsErrors } from './errors.js';
export { cropPicture, meanFill, type RawPicture } from './crops/crop-picture.js';
export { effectiveBox } from './crops/effective-box.js';
export { pictureView, toOriginal, type PictureView } from './crops/picture-view.js';
export { clipped, type PixelBox, type PixelSize, sizeOfBox } from './crops/pixel-box.js';
export { unitBox, type UnitBox } from './crops/unit-box.js';
export { boxAt, type InputBox } from './fields/box-at.js';
export { summaryOf, windowAt, type FieldSummary, type FieldWindow } from './fields/field-summary.js';
export { receptiveFields, type Field } from './fields/receptive-fields.js';
