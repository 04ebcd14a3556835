import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { SeenTwice } from './among-look-alikes.js';
import type { Likeness } from './likeness-of.js';
import { similarity, type Percept } from './similarity.js';

/** Added to the kernel's diagonal, whose entries are 1: of unseen pictures 0.1 and 0.03 leave least unexplained, within 0.01 of each other, and the larger is the smoother (bench/results/2026-11-27-priors.md). */
const ridge = 0.1;

/**
 * What a trained judge sees in `pictures` beyond their looks: its percepts less what is to be expected of pictures that look so, each layer brought
 * back to length 1. `others`, pictures apart from these, say what is to be expected; hundreds at least. `alike` compares plain percepts.
 *
 * The expectation is the kernel ridge regression (Saunders et al. 1998) of judged on plain percepts, with the kernel exp(likeness − 1) of two pictures to the untrained
 * networks; what is left of one variable when another is partialled out by unseen data is the residual of Robinson 1988 ("Root-N-consistent semiparametric
 * regression"; cross-fitted: Chernozhukov et al. 2018). A random unit's exemplars are alike in what any random network sees; with this taken out of the
 * judge, they are alike in nothing that it still tells apart.
 */
export function beyondLooks(pictures: readonly SeenTwice[], others: readonly SeenTwice[], alike: Likeness = similarity): readonly Percept[] {
  if (pictures.length === 0) return [];
  if (others.length < 2) throw new Error('beyondLooks: at least two other pictures are needed to say what looks let expect');
  const kernel = (a: SeenTwice, b: SeenTwice): number => Math.exp(alike(a.plain, b.plain) - 1);
  const among = new Matrix(others.length, others.length);
  for (let i = 0; i < others.length; i++) {
    for (let j = 0; j <= i; j++) {
      const value = kernel(others[i]!, others[j]!);
      among.set(i, j, value);
      among.set(j, i, value);
    }
    among.set(i, i, 1 + ridge);
  }
  const to = new Matrix(pictures.length, others.length);
  for (let i = 0; i < pictures.length; i++) for (let j = 0; j < others.length; j++) to.set(i, j, kernel(pictures[i]!, others[j]!));

  const factor = new CholeskyDecomposition(among);
  const layers = pictures[0]!.judged.map((_, layer) => {
    const [seen, known] = [pictures, others].map((of) => new Matrix(of.map(({ judged }) => Array.from(judged[layer]!)))) as [Matrix, Matrix];
    const mean = known.mean('column');
    const expected = to.mmul(factor.solve(known.subRowVector(mean))).addRowVector(mean);
    return seen.sub(expected);
  });
  return pictures.map((_, i) => layers.map((rest): Float64Array => {
    const left = Float64Array.from(rest.getRow(i));
    const length = Math.sqrt(left.reduce((sum, value) => sum + value * value, 0));
    return length > 0 ? left.map((value) => value / length) : left;
  }));
}
