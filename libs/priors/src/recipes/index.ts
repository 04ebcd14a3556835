export { dgnAm } from './dgn-am.js';
export { lucid } from './lucid.js';
export { maco } from './maco.js';
export { none } from './none.js';
export { toolboxA } from './toolbox-a.js';
export { toolboxB } from './toolbox-b.js';
export { toolboxC } from './toolbox-c.js';
export { toolboxD } from './toolbox-d.js';
