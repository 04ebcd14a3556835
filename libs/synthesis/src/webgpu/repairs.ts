export { convChannels } from './conv-channels.js';
export { convEndPads } from './conv-end-pads.js';
export { convGroups } from './conv-groups.js';
export { sliceSteps } from './slice-steps.js';
export { transposeGroups } from './transpose-groups.js';
