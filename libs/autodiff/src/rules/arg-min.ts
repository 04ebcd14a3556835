import { nowhere } from '../nowhere.js';
import { stop } from '../rule.js';

export const argMin = nowhere('ArgMin', [13], ['x'], stop, [{ shapes: [[2, 3]], distinct: true }]);
