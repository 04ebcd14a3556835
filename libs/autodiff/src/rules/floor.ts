import { nowhere } from '../nowhere.js';
import { zero } from '../rule.js';

export const floor = nowhere('Floor', [13], ['x'], zero, [{ shapes: [[2, 3]], range: [-0.4, 3.4], avoid: [0, 0.5, 1, 1.5, 2, 2.5, 3] }]);
