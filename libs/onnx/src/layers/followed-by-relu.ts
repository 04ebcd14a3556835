import type { Model, Node } from '../graph.js';
import { readsOf } from '../edit/reads-of.js';
import { toNumbers } from '../tensor.js';
import { upgradeOpset } from '../upgrade/upgrade-opset.js';

/** Whether all that reads the value is a rectifier: the unit then counts only where it is above zero. */
export function followedByRelu(model: Model, tensor: string): boolean {
  const { graph } = upgradeOpset(model);
  const readers = graph.nodes.filter((node) => readsOf(node).includes(tensor));
  // ReLU6 and its kind: Clip from 0.
  const fromZero = (node: Node): boolean => {
    const low = graph.initializers.get(node.inputs[1] ?? '');
    return low !== undefined && low.dtype === 'f32' && toNumbers(low)[0] === 0;
  };
  return readers.length > 0 && readers.every((node) => node.domain === '' && (node.op === 'Relu' || (node.op === 'Clip' && fromZero(node))));
}
