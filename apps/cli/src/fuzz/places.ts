import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from '@neuron-atlas/proto/onnx';

/** Every graph of a file, subgraphs included; functions not. */
export function graphsOf(model: ModelProto): readonly GraphProto[] {
  const found: GraphProto[] = [];
  const visit = (graph: GraphProto | undefined): void => {
    if (graph === undefined) return;
    found.push(graph);
    for (const node of graph.node) for (const attribute of node.attribute) visit(attribute.g);
  };
  visit(model.graph);
  return found;
}

/** Every list of nodes of a file, to be changed in place: of its graphs and of its functions. */
export const nodeListsOf = (model: ModelProto): readonly NodeProto[][] =>
  [...graphsOf(model).map(({ node }) => node), ...model.functions.map(({ node }) => node)].filter((list) => list.length > 0);

export const nodesOf = (model: ModelProto): readonly NodeProto[] => nodeListsOf(model).flat();

export const attributesOf = (model: ModelProto): readonly AttributeProto[] => nodesOf(model).flatMap(({ attribute }) => attribute);

/** Every tensor of a file: initialisers, sparse ones' parts, attributes. */
export const tensorsOf = (model: ModelProto): readonly TensorProto[] => [
  ...graphsOf(model).flatMap((graph) => [...graph.initializer, ...graph.sparseInitializer.flatMap(({ values, indices }) => [values, indices])]),
  ...attributesOf(model).flatMap(({ t, sparseTensor }) => [t, sparseTensor?.values, sparseTensor?.indices]),
].filter((tensor): tensor is TensorProto => tensor !== undefined);

/** The names of all values of a file's graph. */
export const valuesOf = (model: ModelProto): readonly string[] => [
  ...graphsOf(model).flatMap((graph) => [...graph.input.map(({ name }) => name ?? ''), ...graph.initializer.map(({ name }) => name ?? '')]),
  ...nodesOf(model).flatMap(({ output }) => output),
].filter((name) => name !== '');
