export { accentuation } from './accentuation.js';
export { cppn } from './cppn.js';
export { fourier } from './fourier.js';
export { generator } from './generator.js';
export { maco } from './maco.js';
export { pixels } from './pixels.js';
export { ppgn } from './ppgn.js';
export { pyramid } from './pyramid.js';
