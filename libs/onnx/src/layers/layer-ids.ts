/** What an id is made from. */
interface Named {
  readonly node: string;
  readonly op: string;
  readonly weights: string;
}

/**
 * An id for each layer: the weights' path where the framework wrote one (`fire2.squeeze.weight`), else the node's
 * (`/features/fire2/squeeze/Conv`), else the operator. Ids that would clash get the number of their place among the like.
 */
export function layerIds(layers: readonly Named[]): readonly string[] {
  const wished = layers.map(({ node, op, weights }) => fromWeights(weights) ?? fromNode(node, op) ?? op.toLowerCase());
  const total = new Map<string, number>();
  for (const id of wished) total.set(id, (total.get(id) ?? 0) + 1);
  const taken = new Set(total.keys());
  const seen = new Map<string, number>();
  return wished.map((id) => {
    if (total.get(id) === 1) return id;
    const number = (seen.get(id) ?? 0) + 1;
    seen.set(id, number);
    let numbered = `${id}.${number}`;
    while (taken.has(numbered)) numbered += '_';
    taken.add(numbered);
    return numbered;
  });
}

/** Operators as frameworks name them, at the end of a path that says more without them. */
const operators = /^(conv|conv[123]d|convolution|depthwise|depthwiseconv2dnative|gemm|matmul|linear|dense_?matmul|biasadd|einsum|tensordot)$/i;

function fromWeights(name: string): string | undefined {
  const path = /^(.*[A-Za-z].*?)[._/](weight|weights|w|W|kernel|weight_T|kernel_quantized|weight_quantized)(:0)?$/.exec(name)?.[1];
  // onnx::Conv_193.weight and the like are the exporter's own.
  return path === undefined || path.includes('::') ? undefined : nonEmpty(parts(path));
}

function fromNode(name: string, op: string): string | undefined {
  const path = parts(name.replace(/__\d+$/, '').replace(/:\d+$/, ''));
  if (path.length === 1 && /^\d*$/.test(path[0]!)) return undefined;
  const last = path.at(-1)!.replace(/_\d+$/, '');
  const says = path.length > 1 && (operators.test(last) || last.toLowerCase() === op.toLowerCase());
  return nonEmpty(says ? path.slice(0, -1) : path);
}

/** A path's parts, safe for file names; a module that repeats its parent's name (`/layer1/layer1.0`) says it once. */
function parts(path: string): string[] {
  const safe = path.split(/[/:]+/).map((part) => part.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^\.+|\.+$/g, '')).filter((part) => part !== '' && part !== 'StatefulPartitionedCall');
  const told = safe.filter((part, i) => !(safe[i + 1] ?? '').startsWith(`${part}.`));
  return told.flatMap((part) => part.split('.')).filter((part) => part !== '');
}

const nonEmpty = (path: readonly string[]): string | undefined => (path.length === 0 ? undefined : path.join('.'));
