export { colourNames, type ColourName } from './colours.js';
export { drawPicture, type Picture, type PictureLabels } from './draw-picture.js';
export { pictureAt } from './picture-at.js';
export { createRandom, type Random } from './random.js';
export { shapeNames, type ShapeName } from './shapes.js';
export { textureNames, type TextureName } from './textures.js';
