import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const size = nowhere('Size', [13, 19, 21], ['x'], stop, [{ shapes: [[2, 3]] }]);
