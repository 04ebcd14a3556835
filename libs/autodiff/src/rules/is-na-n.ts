import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const isNaN = nowhere('IsNaN', [13, 20], ['x'], stop, [{ shapes: [[2, 3]] }]);
