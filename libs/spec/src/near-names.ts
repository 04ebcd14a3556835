/**
 * Up to `limit` of the `candidates` that a misspelt `name` may have meant, nearest first.
 *
 * Distance counts insertions, deletions, changes and swaps of neighbours (optimal string alignment), case aside;
 * a name may be a third of its letters off. Candidates that hold the name follow.
 */
export function nearNames(name: string, candidates: Iterable<string>, limit = 3): readonly string[] {
  const wanted = name.toLowerCase();
  const ranked: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const other = candidate.toLowerCase();
    const reach = Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3));
    const distance = editDistance(wanted, other);
    if (distance <= reach) ranked.push({ candidate, distance });
    else if (wanted.length >= 3 && (other.includes(wanted) || (other.length >= 3 && wanted.includes(other)))) {
      ranked.push({ candidate, distance: 1000 + distance });
    }
  }
  return ranked.sort((a, b) => a.distance - b.distance).slice(0, limit).map((entry) => entry.candidate);
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(change, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
