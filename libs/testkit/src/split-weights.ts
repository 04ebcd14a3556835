import { ModelProto, type GraphProto } from '@neuron-atlas/proto/onnx';

/** The file of a model with its raw initialisers moved to another file, as exporters write it, and that file's content. */
export function splitWeights(bytes: Uint8Array, location: string, fromBytes = 1): { readonly bytes: Uint8Array; readonly data: Uint8Array } {
  const model = ModelProto.decode(bytes);
  const parts: Uint8Array[] = [];
  let offset = 0;
  const move = (graph: GraphProto): void => {
    for (const tensor of graph.initializer) {
      const { rawData } = tensor;
      if (rawData === undefined || rawData.length < fromBytes) continue;
      delete tensor.rawData;
      tensor.dataLocation = 1;
      tensor.externalData = [{ key: 'location', value: location }, { key: 'offset', value: String(offset) }, { key: 'length', value: String(rawData.length) }];
      parts.push(Uint8Array.from(rawData));
      offset += rawData.length;
    }
    for (const node of graph.node) for (const { g } of node.attribute) if (g !== undefined) move(g);
  };
  move(model.graph!);
  const data = new Uint8Array(offset);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { bytes: ModelProto.encode(model).finish(), data };
}
