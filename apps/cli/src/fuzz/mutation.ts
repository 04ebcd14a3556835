import { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from '@neuron-atlas/proto/onnx';
import type { RandomStream } from '@neuron-atlas/synthesis';

/** A model file as it lies on disk, with the files beside it by name. */
export interface ModelFiles {
  readonly bytes: Uint8Array;
  readonly beside: ReadonlyMap<string, Uint8Array>;
  /** Names in the folder that are links, and where to. */
  readonly links?: ReadonlyMap<string, string>;
}

/** One way in which a file may be wrong. */
export interface Mutation {
  readonly name: string;
  readonly summary: string;
  /** The same draws, the same file. */
  readonly mutate: (files: ModelFiles, draw: Draw) => ModelFiles;
}

/** Random choices. */
export interface Draw extends RandomStream {
  readonly of: <T>(list: readonly T[]) => T;
  /** Inclusive at both ends. */
  readonly between: (low: number, high: number) => number;
}

export const defineMutation = (mutation: Mutation): Mutation => mutation;

export function drawsFrom(stream: RandomStream): Draw {
  const between = (low: number, high: number): number => low + stream.below(high - low + 1);
  return { ...stream, between, of: (list) => {
    if (list.length === 0) throw new Error('unreachable: nothing to choose from');
    return list[stream.below(list.length)]!;
  } };
}

/** A mutation of what the file says: the message is decoded, changed in place, and encoded again. */
export const ofMessage = (name: string, summary: string, change: (model: ModelProto, draw: Draw) => void): Mutation => ({
  name, summary,
  mutate: (files, draw) => {
    const model = ModelProto.decode(files.bytes);
    change(model, draw);
    return { ...files, bytes: ModelProto.encode(model).finish() };
  },
});

const nothing = new Uint8Array(0);
export const nodeOf = (fields: Partial<NodeProto>): NodeProto => ({ ...NodeProto.decode(nothing), ...fields });
export const attributeOf = (fields: Partial<AttributeProto>): AttributeProto => ({ ...AttributeProto.decode(nothing), ...fields });
export const tensorOf = (fields: Partial<TensorProto>): TensorProto => ({ ...TensorProto.decode(nothing), ...fields });
export const graphOf = (fields: Partial<GraphProto>): GraphProto => ({ ...GraphProto.decode(nothing), ...fields });

/** Numbers that code forgets about. */
export const oddNumbers: readonly bigint[] = [0n, 1n, -1n, 2n, 3n, 7n, 64n, 255n, 4096n, 65_536n, 1_000_003n, 2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), 2n ** 33n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];
