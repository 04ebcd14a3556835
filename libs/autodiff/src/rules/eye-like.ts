import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const eyeLike = nowhere('EyeLike', [9, 22], ['x'], stop, [{ shapes: [[2, 3]] }]);
