export { fourier } from './fourier.js';
export { pixels } from './pixels.js';
