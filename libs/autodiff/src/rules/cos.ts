import { elementwise } from '../elementwise.js';

// y = cos x     dx = −dy · sin x
export const cos = elementwise('Cos', [7, 22], ({ g, x, dy }) => g.neg(g.mul(dy, g.unary('Sin', x))), [{ shapes: [[2, 3, 4]], range: [-4, 4] }]);
