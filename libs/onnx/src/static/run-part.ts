import { readsOf } from '../edit/reads-of.js';
import type { Model } from '../graph.js';
import type { Runtime } from '../runtime.js';
import type { Tensor } from '../tensor.js';
import { loadModel } from '../write/write-model-file.js';
import type { Part } from './part.js';
import { refusal } from './refusal.js';

export interface Fed {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Runs a part of a model once, unoptimised, and gives the values asked for. What the runtime refuses is named by node. */
export async function runPart(part: Part, feed: Fed, outputs: readonly string[], runtime: Runtime): Promise<ReadonlyMap<string, Tensor>> {
  if (outputs.length === 0) return new Map();
  const read = new Set([...part.nodes.flatMap(readsOf), ...outputs]);
  const model: Model = {
    irVersion: 10, producer: 'neuron-atlas', opsets: part.opsets, functions: [], metadata: new Map(),
    graph: {
      name: 'part',
      nodes: part.nodes,
      // Sizes are left open: onnxruntime 1.30 ends the whole process (an assertion in the shape inference of Slice) where it
      // works out a negative size before running, as for a pool wider than its input; at run that is an error like others.
      inputs: [{ name: feed.name, dtype: feed.tensor.dtype, shape: feed.tensor.shape.map(() => null) }],
      outputs: outputs.map((name) => ({ name, dtype: 'f32', untyped: true })),
      initializers: new Map([...part.initializers].filter(([name]) => read.has(name))),
    },
  };
  try {
    await using session = await loadModel(runtime, model, { optimize: 'none' });
    return new Map(Object.entries(await session.run({ [feed.name]: feed.tensor })));
  } catch (cause) {
    throw refusal(part, feed, runtime, cause);
  }
}
