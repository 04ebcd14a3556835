import { elementwise } from '../elementwise.js';

export const identity = elementwise('Identity', [14, 16, 19, 21], ({ dy }) => dy, [{ shapes: [[2, 3]] }]);
