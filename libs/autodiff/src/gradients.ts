import { type DType, type GraphBuilder, type Node, normalAxis, sameShape, type Value } from '@neuron-atlas/onnx';
import { errors } from './errors.js';
import type { BackwardMode } from './backward-mode.js';
import { filled } from './filled.js';
import { writtenGelus } from './gelu-slope.js';
import { flatness, flow, slotOf } from './flow.js';
import { nonNegativity } from './non-negative.js';
import { builtinRules } from './builtin-rules.js';
import { opened } from './let-through.js';
import { once } from './once.js';
import { findRectifiers } from './rectifiers.js';
import { highestOpset, lowestOpset, type RuleSet } from './rule-set.js';
import { pooledImage, pooledImageGradient, type PooledImage } from './pooled-image.js';
import { block } from './reentry.js';
import { apart, type Range } from './range.js';
import type { Rule, RuleContext, Surroundings, ValueSlot } from './rule.js';
import { Totals } from './totals.js';

export interface GradientOptions {
  /** What is differentiated; of any shape, its elements summed. */
  readonly of: Value;
  /** Weights of that sum, of the shape of `of`. @default ones */
  readonly seed?: Value;
  readonly wrt: readonly Value[];
  readonly rules?: RuleSet;
  /** Values taken as constant, whatever they are computed from. */
  readonly skip?: readonly Value[];
  /** What rectifiers and maxima pass. @default 'gradient' */
  readonly mode?: BackwardMode;
  /**
   * f32[] or f32[N], 1 for rows in which a rectifier that blocks all of a row's gradient lets through what would open it
   * (let-through.ts), else 0; known only when the graph runs, so that a climb may begin with it. In mode `gradient` alone.
   */
  readonly letThrough?: Value;
}

/**
 * ∂(Σ seed · of) / ∂wrt, one value per `wrt` of its shape, emitted into the same builder.
 *
 * In a mode other than `gradient`, what the rectifiers of backward-mode.ts make of it. Only nodes on a path from `wrt` to `of` are visited. Emitted nodes are named `grad/<forward node>/…`.
 * Throws AUTODIFF_NO_RULE, _UNSUPPORTED or _BLOCKED naming the first node in the way, AUTODIFF_NOT_CONNECTED where there is no path.
 */
export function gradients(g: GraphBuilder, options: GradientOptions): Value[] {
  const { of, wrt, rules = builtinRules, skip = [], mode = 'gradient' } = options;
  const letThrough = mode === 'gradient' ? options.letThrough : undefined;
  if (g.opset < lowestOpset || g.opset > highestOpset) throw errors.opset({ opset: g.opset, lowest: lowestOpset, highest: highestOpset });
  if (options.seed !== undefined && !sameShape(options.seed.shape, of.shape)) throw errors.seedMismatch({ of: of.name, shape: of.shape, seed: options.seed.shape });
  for (const value of [of, ...wrt]) if (g.value(value.name) === undefined) throw errors.unknownValue({ name: value.name });

  const nodes = [...g.nodes];
  const walls = new Set(skip.map(({ name }) => name));
  const flows = flow(nodes, wrt.map(({ name }) => name), rules, g.opset, walls);
  const way = flows.get(of.name);
  if (way === undefined) throw errors.notConnected({ of: of.name, wrt: wrt.map(({ name }) => name).join(', ') });
  if (way !== 'open') throw way.blocked;

  const open = (name: string): boolean => flows.get(name) === 'open';
  const live = livePart(g, nodes, of, rules, open);
  const ends = new Set([of, ...wrt].map(({ name }) => name));
  const totals = new Totals(g);
  const parts = new Map<string, readonly Value[]>();
  const around = surroundings(g, live.consumers, ends, { totals, parts, mode, exact: letThrough === undefined && mode !== 'deconvnet' });
  const rectifiers = mode === 'gradient' ? undefined : findRectifiers(g, nodes);
  const gelus = mode !== 'deconvnet' ? writtenGelus(g, nodes, ends) : undefined;
  const passed = new Set<Node>();
  const contextOf = (rule: Rule, node: Node): Omit<RuleContext, 'grads'> => ({
    g, node, attrs: node.attrs, around,
    inputs: slots(rule.inputs, node.inputs, (name) => g.value(name) ?? unknown(name)),
    outputs: slots(rule.outputs, node.outputs, (name) => g.value(name) ?? unknown(name)),
  });
  const rangeIn = (node: Node, name: string): Range | undefined => {
    const rule = rules.find(node.op, g.opset)!;
    return node.inputs.lastIndexOf(name) === 0 ? rule.range?.(contextOf(rule, node)) : undefined;
  };
  /** Of values that are read in ranges apart: the range of each reader. */
  const apartReads = new Map([...live.consumers].flatMap(([name, readers]) => {
    const ranges = new Map(readers.flatMap((node) => {
      const range = rangeIn(node, name);
      return range === undefined ? [] : [[node, range] as const];
    }));
    return ranges.size === readers.length && apart([...ranges.values()]) ? [[name, ranges] as const] : [];
  }));
  totals.add(of.name, options.seed ?? g.within('grad', () => filled(g, of, 1)));

  /** What comes to a node goes on to its inputs, or past the nodes before it that are differentiated with it. */
  const goOn = (node: Node, inputs: readonly number[]): void => {
    const behind = pooledImage(g, node, around);
    if (behind !== undefined && wantsImageAlone(live, behind)) {
      totals.add(behind.conv.inputs[0]!, pooledImageGradient(g, behind, totals.get(node.outputs[0]!)!, around));
      for (const part of [behind.conv, behind.relu]) passed.add(part);
      return;
    }
    const rectifier = rectifiers?.get(node);
    if (rectifier !== undefined) {
      const rectified = rectifier.rectify(totals.get(node.outputs[0]!)!);
      totals.set(node.outputs[0]!, rectified);
      if (mode === 'deconvnet') {
        totals.add(rectifier.source, rectified);
        for (const part of rectifier.nodes) passed.add(part);
        return;
      }
    }
    const gelu = gelus?.get(node);
    if (gelu !== undefined) {
      totals.add(gelu.source, g.mul(totals.get(node.outputs[0]!)!, gelu.slope()));
      for (const part of gelu.nodes) passed.add(part);
      return;
    }
    const rule = rules.find(node.op, g.opset)!;
    const extra = rule.outputs.findIndex((name, index) => name.endsWith('?') && totals.has(node.outputs[index] ?? ''));
    if (extra !== -1) throw errors.unsupported({ op: node.op, node: node.name, reason: `its output ${node.outputs[extra]} is used, not only ${node.outputs[0]}` });
    const ctx: RuleContext = {
      ...contextOf(rule, node),
      grads: slots(rule.outputs, node.outputs, (name) => totals.get(name) ?? filled(g, g.value(name)!, 0), totals),
    };
    const thunks = rule.vjp(ctx);
    for (const index of inputs) {
      const name = node.inputs[index]!;
      const sizes = index === 0 && !ends.has(name) ? partSizes(g, g.producer(name), open) : undefined;
      const found = sizes === undefined ? undefined : rule.inParts?.(ctx, sizes);
      if (found !== undefined) {
        const before = parts.get(name);
        parts.set(name, before === undefined ? found : before.map((part, i) => g.add(part, found[i]!)));
        continue;
      }
      const phases = index === 0 && letThrough === undefined ? rule.inPhases?.(ctx) : undefined;
      if (phases !== undefined) {
        totals.addPhases(name, phases);
        continue;
      }
      const range = apartReads.get(name)?.get(node);
      if (range !== undefined) {
        totals.addRange(name, { ...range, part: g.reshape(totals.get(node.outputs[0]!)!, g.value(name)!.shape.with(range.axis, range.size)) });
        continue;
      }
      const slot = slotOf(rule.inputs, index);
      const given = thunks[slot.name];
      const thunk = slot.at === undefined ? given : (given as readonly (() => Value)[] | undefined)?.[slot.at];
      if (typeof thunk !== 'function') throw new Error(`unreachable: the rule for ${rule.op} has no gradient for its input ${slot.name}`);
      const part = fit(g, thunk(), g.value(name)!, node);
      totals.add(name, letThrough === undefined ? part : opened(g, { node, part, dy: totals.get(node.outputs[0]!)!, around, gate: letThrough }));
    }
  };
  for (const { node, inputs } of [...live.nodes].reverse()) if (!passed.has(node)) g.within(`grad/${node.name}`, () => { goOn(node, inputs); });
  return wrt.map((value) => {
    const total = g.within('grad', () => totals.get(value.name));
    if (total === undefined) throw errors.notConnected({ of: of.name, wrt: value.name });
    return total;
  });
}

interface Live { readonly nodes: readonly { readonly node: Node; /** Indices of the inputs to differentiate. */ readonly inputs: readonly number[] }[]; readonly consumers: ReadonlyMap<string, readonly Node[]> }

/** The nodes on a path, in forward order, and through which of them each value's gradient comes. */
function livePart(g: GraphBuilder, nodes: readonly Node[], of: Value, rules: RuleSet, open: (name: string) => boolean): Live {
  const wanted = new Set([of.name]);
  const consumers = new Map<string, Node[]>();
  const live: { node: Node; inputs: number[] }[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    const rule = node.domain === '' ? rules.find(node.op, g.opset) : undefined;
    if (rule === undefined) continue;
    const inputs = [...node.inputs.keys()].filter((index) => open(node.inputs[index]!) && flatness(rule, index) === undefined);
    if (inputs.length === 0) continue;
    live.push({ node, inputs });
    for (const name of new Set(inputs.map((index) => node.inputs[index]!))) {
      wanted.add(name);
      consumers.set(name, [...(consumers.get(name) ?? []), node]);
    }
  }
  return { nodes: live.reverse(), consumers };
}

/** Whether the gradient of the picture is wanted and that of the convolution's weights is not. */
const wantsImageAlone = ({ nodes }: Live, { conv }: PooledImage): boolean => nodes.some(({ node, inputs }) => node === conv && inputs.every((index) => index === 0));

// A convolution per part pays while the parts are few and fill the runtime's blocks of channels.
const mostParts = 4;

/** The sizes of a Concat of channels all of whose parts want their gradient; undefined for anything else. */
function partSizes(g: GraphBuilder, producer: Node | undefined, open: (name: string) => boolean): number[] | undefined {
  if (producer?.op !== 'Concat' || producer.domain !== '' || producer.inputs.length > mostParts || !producer.inputs.every(open)) return undefined;
  const shapes = producer.inputs.map((name) => g.value(name)!.shape);
  const axis = producer.attrs['axis'];
  if (axis?.type !== 'int' || normalAxis(axis.value, shapes[0]!.length) !== 1 || shapes[0]!.length !== 4) return undefined;
  return shapes.every((shape) => shape[1]! % block === 0) ? shapes.map((shape) => shape[1]!) : undefined;
}

interface Progress {
  readonly totals: Pick<Totals, 'has'>;
  readonly parts: ReadonlyMap<string, readonly Value[]>;
  readonly mode: BackwardMode;
  /** Whether Relus pass their derivative, so that it does not matter where their masks are applied. */
  readonly exact: boolean;
}

function surroundings(g: GraphBuilder, consumers: ReadonlyMap<string, readonly Node[]>, ends: ReadonlySet<string>, { totals, parts, mode, exact }: Progress): Surroundings {
  const nonNegative = nonNegativity(g);
  const soleConsumer = (value: Value): Node | undefined => {
    const nodes = consumers.get(value.name) ?? [];
    return nodes.length === 1 && !ends.has(value.name) ? nodes[0] : undefined;
  };
  return {
    soleConsumer,
    consumers: (value) => consumers.get(value.name) ?? [],
    maskedByPool: (value) => exact && g.producer(value.name)?.op === 'Relu' && soleConsumer(value)?.op === 'MaxPool',
    switches: mode !== 'gradient',
    constant: (value) => (value === undefined ? undefined : g.constantOf(value.name)),
    producer: (value) => g.producer(value.name),
    value: (name) => g.value(name),
    nonNegative: (value) => nonNegative(value.name),
    arrived: (value) => ({ whole: totals.has(value.name), parts: parts.get(value.name) }),
  };
}

/** Values under the rule's names; with `present`, optional ones only where they are in it. */
function slots(names: readonly string[], values: readonly string[], look: (name: string) => Value, present?: Pick<Totals, 'has'>): Record<string, ValueSlot> {
  const bag: Record<string, ValueSlot> = {};
  names.forEach((name, index) => {
    if (name.startsWith('...')) {
      const list = values.slice(index);
      define(bag, name.slice(3), () => list.map((value) => look(value)));
      return;
    }
    const value = values[index] ?? '';
    const optional = name.endsWith('?');
    const there = value !== '' && (!optional || present === undefined || present.has(value));
    define(bag, optional ? name.slice(0, -1) : name, () => (there ? look(value) : undefined));
  });
  return bag;
}

/** Looked up when read, and once: zeros for an output without gradient are emitted only where a rule asks for them. */
function define(bag: Record<string, ValueSlot>, name: string, make: () => ValueSlot): void {
  Object.defineProperty(bag, name, { enumerable: true, get: once(make) });
}

const real: ReadonlySet<DType> = new Set(['f32', 'f64', 'f16', 'bf16']);

/** Sums or expands a contribution to the shape of its input. That of a whole number (a quantised one) is real. */
function fit(g: GraphBuilder, part: Value, input: Value, node: Node): Value {
  if (part.dtype !== input.dtype && real.has(input.dtype)) throw new Error(`unreachable: the gradient of ${node.op} is ${part.dtype}, its input ${input.dtype}`);
  if (sameShape(part.shape, input.shape)) return part;
  return g.expand(g.sumTo(part, lowered(part.shape, input.shape)), input.shape);
}

/** The target shape with 1 where the contribution has 1: summing never expands. */
function lowered(from: readonly number[], to: readonly number[]): number[] {
  return to.map((dim, axis) => ((from[axis - to.length + from.length] ?? 1) === 1 ? 1 : dim));
}

function unknown(name: string): never { throw errors.unknownValue({ name }); }
