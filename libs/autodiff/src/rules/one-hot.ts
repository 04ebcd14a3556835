import { f32, i64 } from '@neuron-atlas/onnx';
import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const oneHot = nowhere('OneHot', [11], ['indices', 'depth', 'values'], stop, [{ shapes: [null, null, null], feeds: { indices: i64([2], [2, 0]), depth: i64([], [3]), values: f32([2], [0, 1]) } }]);
