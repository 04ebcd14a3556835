import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const shape = nowhere('Shape', [15, 19, 21], ['x'], stop, [{ shapes: [[2, 3]] }]);
