export { constant } from './constant.js';
export { cosine } from './cosine.js';
export { exponential } from './exponential.js';
export { linear } from './linear.js';
