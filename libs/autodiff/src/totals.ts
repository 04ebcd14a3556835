import { type GraphBuilder, sameShape, type Value } from '@neuron-atlas/onnx';
import { interleaved } from './interleave.js';
import { joined, type RangeGradient } from './range.js';

/** A gradient by phases of its strides, by `phaseKey`: element u of phase r is the whole's at u·stride + r. Absent ones are zero. */
export interface Phases {
  readonly strides: readonly number[];
  readonly parts: ReadonlyMap<string, Value>;
}

/** What has come to each value so far, by its name; added up when it is asked for. */
export class Totals {
  readonly #g: GraphBuilder;
  readonly #sums = new Map<string, Value>();
  readonly #phases = new Map<string, readonly Phases[]>();
  readonly #ranges = new Map<string, readonly RangeGradient[]>();

  constructor(g: GraphBuilder) { this.#g = g; }

  has(name: string): boolean { return this.#sums.has(name) || this.#phases.has(name) || this.#ranges.has(name); }

  add(name: string, part: Value): void {
    const before = this.#sums.get(name);
    this.#sums.set(name, before === undefined ? part : this.#g.add(before, part));
  }

  /** To be added phase by phase, and put together once: the strides of one value are all the same. */
  addPhases(name: string, phases: Phases): void { this.#phases.set(name, [...this.#phases.get(name) ?? [], phases]); }

  /** To be put together once with the other ranges of the value, all of which are apart: queries, keys and values that lie in one tensor. */
  addRange(name: string, range: RangeGradient): void { this.#ranges.set(name, [...this.#ranges.get(name) ?? [], range]); }

  /** All of it, in the place of what has come. */
  set(name: string, value: Value): void { this.#sums.set(name, value); }

  get(name: string): Value | undefined {
    const [first, ...others] = this.#phases.get(name) ?? [];
    if (first !== undefined) {
      this.#phases.delete(name);
      const parts = new Map(first.parts);
      for (const [key, part] of others.flatMap((phases) => [...phases.parts])) {
        const before = parts.get(key);
        if (before !== undefined && !sameShape(before.shape, part.shape)) throw new Error(`unreachable: phases of [${before.shape}] and [${part.shape}]`);
        parts.set(key, before === undefined ? part : this.#g.add(before, part));
      }
      this.add(name, interleaved(this.#g, parts, first.strides, this.#g.value(name)!.shape.slice(2), false));
    }
    const ranges = this.#ranges.get(name);
    if (ranges !== undefined) {
      this.#ranges.delete(name);
      this.add(name, joined(this.#g, ranges, this.#g.value(name)!.shape));
    }
    return this.#sums.get(name);
  }
}
