/** What an id is made from. */
interface Named {
  readonly node: string;
  readonly op: string;
  readonly weights: string;
}

/**
 * An id for each layer: the weights' path where the framework wrote one (`fire2.squeeze.weight`), else the node's, else the
 * operator and its number. Ids that would clash get the number of their place among the like.
 */
export function layerIds(layers: readonly Named[]): readonly string[] {
  const wished = layers.map(({ node, op, weights }) => fromWeights(weights) ?? fromNode(node, op) ?? op.toLowerCase());
  const total = new Map<string, number>();
  for (const id of wished) total.set(id, (total.get(id) ?? 0) + 1);
  const seen = new Map<string, number>();
  return wished.map((id) => {
    if (total.get(id) === 1) return id;
    const number = (seen.get(id) ?? 0) + 1;
    seen.set(id, number);
    const numbered = `${id}.${number}`;
    return total.has(numbered) ? `${numbered}_` : numbered;
  });
}

const safe = (path: string): string => path.replace(/^[/.]+|[/.]+$/g, '').replace(/[/:]+/g, '.').replace(/[^A-Za-z0-9._-]+/g, '_');

function fromWeights(name: string): string | undefined {
  const path = /^(.*[A-Za-z].*?)[._/](weight|weights|w|kernel|W)(:0)?$/.exec(name)?.[1];
  return path === undefined ? undefined : safe(path);
}

function fromNode(name: string, op: string): string | undefined {
  const path = safe(name);
  if (path === '' || /^\d+$/.test(path)) return undefined;
  const trimmed = path.replace(new RegExp(`\\.${op}(_\\d+)?$`), '');
  return trimmed === '' ? path : trimmed;
}
