import { tensor } from '@neuron-atlas/onnx';
import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const logicalNot = nowhere('Not', [1], ['x'], stop, [{ shapes: [null], feeds: { x: tensor('bool', [2], Uint8Array.of(1, 0)) } }]);
