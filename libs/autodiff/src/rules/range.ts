import { i64 } from '@neuron-atlas/onnx';
import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const range = nowhere('Range', [11], ['start', 'limit', 'delta'], stop, [{ shapes: [null, null, null], feeds: { start: i64([], [0]), limit: i64([], [6]), delta: i64([], [2]) } }]);
