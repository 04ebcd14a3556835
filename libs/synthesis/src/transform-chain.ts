import { type GraphBuilder, type Value } from '@neuron-atlas/onnx';
import type { Chosen } from '@neuron-atlas/plugins';
import type { Transform } from '@neuron-atlas/priors';
import { built, guarded } from './guarded.js';
import { randomStream } from './random.js';

interface Size { readonly height: number; readonly width: number }

/** A transform at its place: what it gives out, and where its numbers stand in a step's row. */
export interface Link extends Chosen<Transform> {
  readonly out: Size;
  readonly columns: readonly [start: number, end: number];
  /** Name of the random stream: two of a kind do not draw the same. */
  readonly stream: string;
}

/** The transforms between a drawn picture and a model's canvas. */
export interface Chain {
  readonly links: readonly Link[];
  /** Pixels by which each side of the drawn canvas lies beyond the model's; negative where a border is added. */
  readonly margin: number;
  readonly copies: number;
  readonly columns: number;
}

export function chainOf(transforms: readonly Chosen<Transform>[], model: Size): Chain {
  const margins = transforms.map(({ plugin, params }) => guarded('transform', plugin, 'margin', () => plugin.margin(params as never)));
  const seen = new Map<string, number>();
  let column = 0;
  const links = transforms.map(({ plugin, params }, i): Link => {
    const left = margins.slice(i + 1).reduce((a, b) => a + b, 0);
    const out = { height: model.height + 2 * left, width: model.width + 2 * left };
    const count = guarded('transform', plugin, 'neutral', () => plugin.neutral({ params: params as never, ...out })).length;
    const turn = (seen.get(plugin.name) ?? 0) + 1;
    seen.set(plugin.name, turn);
    const columns = [column, column += count] as const;
    return { plugin, params, out, columns, stream: turn === 1 ? plugin.name : `${plugin.name} ${turn}` };
  });
  return {
    links,
    margin: margins.reduce((a, b) => a + b, 0),
    copies: transforms.reduce((product, { plugin, params }) => product * (plugin.copies?.(params as never) ?? 1), 1),
    columns: column,
  };
}

/** The chain in a graph; `row` f32[columns], one bank for each link or none. */
export function applyChain(g: GraphBuilder, chain: Chain, picture: Value, row: Value, banks: readonly (Value | undefined)[], neutral: readonly number[]): Value {
  return chain.links.reduce((image, { plugin, params, out, columns: [start, end] }, i) => {
    const [batch, channels] = image.shape as [number, number];
    const wanted = [batch * (plugin.copies?.(params as never) ?? 1), channels, out.height, out.width];
    return built('transform', plugin, 'build', wanted, () => g.within(plugin.name, () => plugin.build({
      g, image, row: g.slice(row, [start], [end], [0]), bank: banks[i], canvas: { batch, channels, ...out, neutral }, params: params as never,
    })));
  }, picture);
}

export const neutralRow = ({ links }: Chain): readonly number[] => links.flatMap(({ plugin, params, out }) => plugin.neutral({ params: params as never, ...out }));

/** A row for each step, from streams of the seed. */
export function drawRows({ links }: Chain, seed: number, steps: number): readonly (readonly number[])[] {
  const streams = links.map(({ stream }) => randomStream(seed, stream));
  return Array.from({ length: steps }, (_, i) => links.flatMap(({ plugin, params, out }, k) => plugin.draw({ draws: streams[k]!, params: params as never, step: i + 1, steps, ...out })));
}

export interface Bank { readonly name: string; readonly shape: readonly number[]; readonly fill: (seed: number) => Float32Array }

/** The tables that links take windows of, undefined for those that have none. */
export function banksOf({ links }: Chain, channels: number): readonly (Bank | undefined)[] {
  return links.map(({ plugin, params, out, stream }, i) => {
    const bank = plugin.bank?.({ params: params as never, channels, ...out });
    if (bank === undefined) return undefined;
    const size = bank.shape.reduce((a, b) => a * b, 1);
    return {
      name: `bank.${i}`, shape: bank.shape,
      fill: (seed) => {
        const draws = randomStream(seed, `${stream} bank`);
        return Float32Array.from({ length: size }, () => bank.fill(draws));
      },
    };
  });
}
