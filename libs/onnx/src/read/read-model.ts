import { ModelProto } from '@neuron-atlas/proto/onnx';
import { errors } from '../errors.js';
import type { FunctionDefinition, Model } from '../graph.js';
import { sortNodes } from '../edit/sort-nodes.js';
import { inMemory } from './byte-source.js';
import { checkAttributes } from './check-attributes.js';
import { checkFrame } from './check-frame.js';
import type { ExternalData } from './external-data.js';
import { readAttribute } from './read-attribute.js';
import { checkComplete, type ReadContext, readGraph, readNodes, standardDomain } from './read-graph.js';

export interface ReadOptions {
  /** What errors call the file. @default 'the file' */
  readonly name?: string;
  /** Where tensors kept outside the file are found; without it such a tensor is an error. */
  readonly external?: ExternalData;
  /** Whether graphs say what types the file declares of the values in them. @default false */
  readonly declared?: boolean;
}

/**
 * A model from the bytes of an .onnx file, checked: names, shapes, lengths, order.
 *
 * Tensors are views into `bytes` where their place in the file allows it, so `bytes` must not change afterwards.
 * Initialisers that old files list among the inputs are dropped from the inputs, unnamed nodes get names
 * (`Conv_3`), nodes out of order are sorted, sparse tensors come out dense.
 */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Model {
  const file = options.name ?? 'the file';
  checkFrame(bytes, file);
  checkAttributes(inMemory(bytes), file);
  const proto = decode(bytes, file);
  if (proto.graph === undefined) throw errors.notOnnx({ file, looks: 'holds no graph' });
  const irVersion = Number(proto.irVersion ?? 0n);
  const context: ReadContext = { external: options.external, nodeNames: new Set(), declared: options.declared === true };
  const graph = readGraph(proto.graph, context);
  checkComplete(graph);
  return {
    irVersion,
    producer: [proto.producerName, proto.producerVersion].filter((part) => part !== undefined && part !== '').join(' '),
    opsets: readOpsets(proto.opsetImport, file, irVersion),
    graph,
    functions: proto.functions.map((definition): FunctionDefinition => {
      const name = definition.name ?? '';
      const nodes = sortNodes(readNodes(definition.node, { ...context, nodeNames: new Set() }, ''));
      const attribute = (value: (typeof definition.attributeProto)[number]) =>
        [value.name ?? '', readAttribute(value, { name, op: name }, options.external, (sub) => readGraph(sub, context, `${name}/`))] as const;
      return {
        domain: standardDomain(definition.domain),
        name,
        inputs: definition.input,
        outputs: definition.output,
        nodes,
        opsets: readOpsets(definition.opsetImport, file, irVersion),
        attributes: definition.attribute,
        defaults: Object.fromEntries(definition.attributeProto.map(attribute)),
      };
    }),
    metadata: new Map(proto.metadataProps.map((pair) => [pair.key ?? '', pair.value ?? ''])),
  };
}

function decode(bytes: Uint8Array, file: string): ModelProto {
  try {
    // A plain Uint8Array: Buffer's slices behave otherwise.
    return ModelProto.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw errors.malformed({ file, reason: cause instanceof Error ? cause.message : String(cause) }, cause);
  }
}

function readOpsets(imports: ModelProto['opsetImport'], file: string, irVersion: number): Map<string, number> {
  // Before IR 3 there was one operator set only.
  if (imports.length === 0 && irVersion < 3) return new Map([['', 1]]);
  if (imports.length === 0) throw errors.malformed({ file, reason: 'it does not say which operator set it uses (opset_import is missing)' });
  return new Map(imports.map(({ domain, version = 0n }) => {
    if (version < 1n || version > 10_000n) throw errors.malformed({ file, reason: `version ${version} of operator set '${domain ?? ''}' does not exist` });
    return [standardDomain(domain), Number(version)];
  }));
}
