import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const randomUniformLike = nowhere('RandomUniformLike', [1, 22], ['x'], stop, [{ shapes: [[2, 3]] }]);
