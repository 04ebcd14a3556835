import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const less = nowhere('Less', [13], ['a', 'b'], stop, [{ shapes: [[2, 3], [3]], distinct: true }]);
