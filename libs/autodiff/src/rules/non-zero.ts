import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const nonZero = nowhere('NonZero', [13], ['x'], stop, [{ shapes: [[2, 3]] }]);
