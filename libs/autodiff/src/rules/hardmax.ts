import { nowhere } from '../nowhere.js';
import { zero } from '../rule.js';

export const hardmax = nowhere('Hardmax', [13], ['x'], zero, [{ shapes: [[2, 3]], distinct: true }]);
