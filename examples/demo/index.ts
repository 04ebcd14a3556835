export { classNames, pictureSize, questions } from './model.js';
export * from './pictures/index.js';
