import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const equal = nowhere('Equal', [13, 19], ['a', 'b'], stop, [{ shapes: [[2, 3], [3]], distinct: true }]);
