import { type GraphBuilder, sameShape, type Value } from '@neuron-atlas/onnx';
import { interleaved } from './interleave.js';

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

  constructor(g: GraphBuilder) { this.#g = g; }

  has(name: string): boolean { return this.#sums.has(name) || this.#phases.has(name); }

  add(name: string, part: Value): void {
    const before = this.#sums.get(name);
    this.#sums.set(name, before === undefined ? part : this.#g.add(before, part));
  }

  /** To be added phase by phase, and put together once: the strides of one value are all the same. */
  addPhases(name: string, phases: Phases): void { this.#phases.set(name, [...this.#phases.get(name) ?? [], phases]); }

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
    return this.#sums.get(name);
  }
}
