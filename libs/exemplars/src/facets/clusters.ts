/** Uniform draws from one seeded stream. */
export interface ClusterDraws {
  /** In [0, 1). */
  uniform(): number;
}

export interface Cluster {
  /** Indices of its points, the nearest to its centre first. */
  readonly members: readonly number[];
}

/** Of so many beginnings the one that ends with its points nearest to their centres counts. */
const beginnings = 10;
/** Far beyond what some hundred points need; each round lowers the sum of squares, so none comes twice. */
const mostRounds = 200;

/**
 * k-means (Lloyd 1982) with the beginnings of k-means++ (Arthur and Vassilvitskii 2007): at most `count` clusters, fewer where fewer
 * points differ. The cluster that holds point 0 comes first, then that of the first point outside it, and so on: points in an order
 * of rank give clusters in that order.
 */
export function clustersOf(points: readonly Float64Array[], count: number, draws: ClusterDraws): readonly Cluster[] {
  if (points.length === 0) return [];
  const wanted = Math.min(count, different(points));
  let best: Division | undefined;
  for (let turn = 0; turn < beginnings; turn++) {
    const division = divided(points, beginning(points, wanted, draws));
    if (best === undefined || division.loss < best.loss) best = division;
  }
  const { owner, centres } = best!;
  const order = [...new Set(owner)];
  return order.map((own) => {
    const members = owner.flatMap((of, i) => (of === own ? [i] : []));
    const far = new Map(members.map((i) => [i, squared(points[i]!, centres[own]!)]));
    return { members: members.sort((a, b) => far.get(a)! - far.get(b)! || a - b) };
  });
}

interface Division { readonly owner: readonly number[]; readonly centres: readonly Float64Array[]; readonly loss: number }

/** The first centre is any point, each other one a point drawn by the square of its distance from those there are. */
function beginning(points: readonly Float64Array[], count: number, draws: ClusterDraws): readonly Float64Array[] {
  const centres = [points[Math.floor(draws.uniform() * points.length)]!];
  while (centres.length < count) {
    const far = points.map((point) => Math.min(...centres.map((centre) => squared(point, centre))));
    const total = far.reduce((a, b) => a + b, 0);
    let left = draws.uniform() * total;
    // Rounding may carry the sum past its end: the last point that is apart from all centres is taken then.
    let chosen = far.findLastIndex((value) => value > 0);
    for (const [i, value] of far.entries()) {
      if (value > 0 && left < value) {
        chosen = i;
        break;
      }
      left -= value;
    }
    centres.push(points[chosen]!);
  }
  return centres;
}

function divided(points: readonly Float64Array[], start: readonly Float64Array[]): Division {
  let centres = start;
  let owner: readonly number[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const next = points.map((point) => nearest(point, centres));
    if (next.every((of, i) => of === owner[i])) break;
    owner = next;
    // A cluster that lost its last point keeps its centre.
    centres = centres.map((centre, own) => meanOf(points.filter((_, i) => owner[i] === own)) ?? centre);
  }
  return { owner, centres, loss: points.reduce((sum, point, i) => sum + squared(point, centres[owner[i]!]!), 0) };
}

function nearest(point: Float64Array, centres: readonly Float64Array[]): number {
  let [best, least] = [0, Infinity];
  for (const [i, centre] of centres.entries()) {
    const far = squared(point, centre);
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

function meanOf(points: readonly Float64Array[]): Float64Array | undefined {
  const [first] = points;
  return first?.map((_, i) => points.reduce((sum, point) => sum + point[i]!, 0) / points.length);
}

function squared(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

const different = (points: readonly Float64Array[]): number => new Set(points.map((point) => point.join())).size;
