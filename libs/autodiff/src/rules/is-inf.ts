import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const isInf = nowhere('IsInf', [10, 20], ['x'], stop, [{ shapes: [[2, 3]] }]);
