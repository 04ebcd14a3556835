import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const argMax = nowhere('ArgMax', [13], ['x'], stop, [{ shapes: [[2, 3]], distinct: true }]);
