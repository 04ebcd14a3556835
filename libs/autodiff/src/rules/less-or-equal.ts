import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const lessOrEqual = nowhere('LessOrEqual', [16], ['a', 'b'], stop, [{ shapes: [[2, 3], [3]], distinct: true }]);
