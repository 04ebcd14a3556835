import { tensor } from '@neuron-atlas/onnx';
import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const logicalXor = nowhere('Xor', [7], ['a', 'b'], stop, [{ shapes: [null, null], feeds: { a: tensor('bool', [2], Uint8Array.of(1, 0)), b: tensor('bool', [2], Uint8Array.of(1, 0)) } }]);
