/** A line of a tree of layers: what stands there, its branches drawn before it, and the layer where one ends there. */
export interface TreeLine<L> {
  readonly text: string;
  readonly layer: L | undefined;
}

interface Node<L> { readonly name: string; readonly children: Node<L>[]; layer: L | undefined }

/**
 * Layers by the parts of their names, in the order of the model: what `features.3.squeeze` and `features.3.expand` share stands once.
 *
 * A part keeps the sign before it, so that the texts from the root to a line put together are the layer's id.
 */
export function layerTree<L extends { readonly id: string }>(layers: readonly L[]): readonly TreeLine<L>[] {
  const root: Node<L> = { name: '', children: [], layer: undefined };
  for (const layer of layers) {
    let at = root;
    for (const name of partsOf(layer.id)) {
      // Only the last one: where the model comes back to a group, the group stands there again.
      const last = at.children.at(-1);
      const next = last?.name === name ? last : { name, children: [], layer: undefined };
      if (next !== last) at.children.push(next);
      at = next;
    }
    at.layer = layer;
  }
  return root.children.flatMap((child, i) => draw(joined(child), '', i === root.children.length - 1));
}

const partsOf = (id: string): readonly string[] => id.match(/^[/.]*[^/.]+|[/.]+[^/.]*/g) ?? [id];

/** A group of one is no group. */
function joined<L>(node: Node<L>): Node<L> {
  const children = node.children.map(joined);
  const [only] = children;
  return node.layer === undefined && only !== undefined && children.length === 1 ? { ...only, name: node.name + only.name } : { ...node, children };
}

function draw<L>({ name, children, layer }: Node<L>, before: string, isLast: boolean): readonly TreeLine<L>[] {
  const below = `${before}${isLast ? '   ' : '│  '}`;
  return [{ text: `${before}${isLast ? '└─ ' : '├─ '}${name}`, layer }, ...children.flatMap((child, i) => draw(child, below, i === children.length - 1))];
}
