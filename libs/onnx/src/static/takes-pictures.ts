import { ints } from '../attribute.js';
import { renameReads } from '../edit/rename-reads.js';
import type { Graph } from '../graph.js';
import { isChannelsLast } from './is-channels-last.js';
import { widened } from './widened.js';

/**
 * The graph taking its picture `input` as f32[N, C, H, W], whatever the file says.
 *
 * A picture with its channels last gets a Transpose in front; one of uint8 is taken as real numbers from 0 to 255; what is
 * float16 becomes float32, since gradients lose themselves in its range.
 */
export function takesPictures(graph: Graph, input: string, channels: number | undefined): Graph {
  const wide = widened(graph, input);
  const info = wide.inputs.find(({ name }) => name === input);
  if (info?.shape === undefined || !isChannelsLast(info.shape) || info.shape[3] !== channels) return wide;
  const [n, h, w, c] = info.shape as [number, number, number, number];
  const last = `${input}/channels-last`;
  const names = new Map([[input, last]]);
  return {
    ...wide,
    inputs: wide.inputs.map((other) => (other === info ? { ...info, shape: [n, c, h, w] } : other)),
    nodes: [{ name: last, op: 'Transpose', domain: '', inputs: [input], outputs: [last], attrs: { perm: ints([0, 2, 3, 1]) } }, ...wide.nodes.map((node) => renameReads(node, names))],
  };
}
