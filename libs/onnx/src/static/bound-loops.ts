import { mapSubgraphs } from '../edit/map-subgraphs.js';
import { allNamesOf } from '../edit/names-of.js';
import { errors } from '../errors.js';
import type { Graph, Node } from '../graph.js';
import type { Runtime } from '../runtime.js';
import { i64, type Tensor, toNumbers } from '../tensor.js';
import { ancestorsOf } from './ancestors.js';
import { movingValues } from './moving.js';
import type { Part } from './part.js';
import { type Fed, runPart } from './run-part.js';

/** Turns of a Loop, those of Loops inside it multiplied: no network for pictures comes near. */
const limitTurns = 10_000;

/**
 * The part with every Loop of it bounded, so that no file keeps a machine busy for ever.
 *
 * Turns that are known before the graph runs on a picture are an error beyond the limit (ONNX_TOO_MUCH); where they are not,
 * or are left to a condition, the loop ends at the limit.
 */
export async function boundLoops(part: Part, feed: Fed, runtime: Runtime): Promise<Part> {
  if (!part.nodes.some(hasLoop)) return part;
  const moving = movingValues(part.nodes, feed.name);
  const asked = part.nodes.filter(({ op, domain }) => op === 'Loop' && domain === '').map(({ inputs }) => inputs[0] ?? '');
  const still = [...new Set(asked)].filter((name) => name !== '' && !moving.has(name) && !part.initializers.has(name));
  const nodes = ancestorsOf(part.nodes, still);
  // A number of turns may itself come of a loop: the inner ones are bounded as those inside bodies are.
  const computed = still.length === 0 ? new Map<string, Tensor>() : await runPart({ ...part, ...bounded({ nodes, initializers: part.initializers }, new Map(), limitTurns) }, feed, still, runtime);
  return { ...part, ...bounded(part, computed, limitTurns) };
}

type Piece = Pick<Graph, 'nodes' | 'initializers'>;

function bounded({ nodes, initializers }: Piece, computed: ReadonlyMap<string, Tensor>, most: number): Piece {
  const constants = new Map(initializers);
  const taken = allNamesOf({ name: '', nodes, initializers, inputs: [], outputs: [] });
  const fresh = (hint: string): string => {
    let name = hint;
    for (let count = 2; taken.has(name); count++) name = `${hint}_${count}`;
    taken.add(name);
    return name;
  };
  const made = nodes.flatMap((node): readonly Node[] => {
    if (!hasLoop(node)) return [node];
    if (node.op !== 'Loop' || node.domain !== '') return [mapSubgraphs(node, (graph) => ({ ...graph, ...bounded(graph, new Map(), most) }))];
    const [turns = '', ...rest] = node.inputs;
    const value = initializers.get(turns) ?? computed.get(turns);
    const known = value === undefined ? undefined : toNumbers(value)[0] ?? 0;
    if (known !== undefined && known > most) throw errors.tooMuch({ node: node.name, op: node.op, asks: `${known} turns` });
    const inside = mapSubgraphs(node, (graph) => ({ ...graph, ...bounded(graph, new Map(), Math.floor(most / Math.max(1, known ?? most))) }));
    if (known !== undefined) return [inside];
    const limit = fresh(`${node.name}/limit`);
    constants.set(limit, i64([], [most]));
    if (turns === '') return [{ ...inside, inputs: [limit, ...rest] }];
    const least = fresh(`${node.name}/turns`);
    return [{ name: least, op: 'Min', domain: '', inputs: [turns, limit], outputs: [least], attrs: {} }, { ...inside, inputs: [least, ...rest] }];
  });
  return { nodes: made, initializers: constants };
}

const hasLoop = (node: Node): boolean =>
  (node.op === 'Loop' && node.domain === '') || Object.values(node.attrs).some((attr) => attr.type === 'graph' && attr.value.nodes.some(hasLoop));
