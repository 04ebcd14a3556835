import { float } from '../attribute.js';
import type { RewriteContext } from './op-rewrite.js';

/** The activation by its name, with its parameters in the order in which the runtime lists them. */
export function activated({ write, scalar }: RewriteContext, op: string, x: string, [first, second]: readonly number[], output: string): void {
  if (op === 'Clip') write('Clip', [x, scalar(first ?? -Infinity, x), scalar(second ?? Infinity, x)], {}, output);
  else if (op === 'LeakyRelu') write(op, [x], first === undefined ? {} : { alpha: float(first) }, output);
  else if (op === 'HardSigmoid') write(op, [x], { ...(first === undefined ? {} : { alpha: float(first) }), ...(second === undefined ? {} : { beta: float(second) }) }, output);
  else write(op, [x], {}, output);
}
