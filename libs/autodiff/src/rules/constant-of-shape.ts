import { i64 } from '@neuron-atlas/onnx';
import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const constantOfShape = nowhere('ConstantOfShape', [9, 20, 21], ['shape'], stop, [{ shapes: [null], feeds: { shape: i64([2], [2, 3]) } }]);
