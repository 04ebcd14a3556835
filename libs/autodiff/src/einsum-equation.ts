export interface Equation { readonly terms: readonly string[]; readonly result: string }

/** The terms of an Einsum's equation, the result worked out where it is not written: the ellipsis, then indices that occur once. */
export function parseEquation(equation: string): Equation {
  const [left, right] = equation.replace(/\s/g, '').split('->');
  const terms = left!.split(',');
  if (right !== undefined) return { terms, result: right };
  const letters = [...terms.join('').replaceAll('.', '')];
  const single = letters.filter((letter) => letters.filter((other) => other === letter).length === 1).sort();
  return { terms, result: `${left!.includes('...') ? '...' : ''}${single.join('')}` };
}

/** The equation with letters of its own for the axes that an ellipsis stands for, counted from the last; `ranks` are the operands'. */
export function withoutEllipsis({ terms, result }: Equation, ranks: readonly number[]): Equation {
  const covered = terms.map((term, i) => (term.includes('...') ? ranks[i]! - (term.length - 3) : 0));
  const used = new Set(terms.join('') + result);
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'].filter((letter) => !used.has(letter)).slice(0, Math.max(...covered));
  const spelt = (term: string, count: number): string => term.replace('...', free.slice(free.length - count).join(''));
  return { terms: terms.map((term, i) => spelt(term, covered[i]!)), result: spelt(result, free.length) };
}
