import { elementwise } from '../elementwise.js';

export const neg = elementwise('Neg', [13], ({ g, dy }) => g.neg(dy), [{ shapes: [[2, 3, 4]] }]);
