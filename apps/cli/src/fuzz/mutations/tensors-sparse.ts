import { ofMessage, oddNumbers, tensorOf } from '../mutation.js';
import { graphsOf } from '../places.js';

export const tensorsSparse = ofMessage('tensors-sparse', 'Initialisers become sparse ones: right, with places outside, lengths that do not fit, or enormous shapes.', (model, draw) => {
  const graph = draw.of(graphsOf(model));
  const dense = graph.initializer.filter(({ dataType, rawData }) => dataType === 1 && rawData !== undefined && rawData.length > 0);
  if (dense.length > 0) {
    const tensor = draw.of(dense);
    graph.initializer.splice(graph.initializer.indexOf(tensor), 1);
    const values = new Float32Array(Uint8Array.from(tensor.rawData!).buffer);
    graph.sparseInitializer.push({
      dims: tensor.dims,
      values: tensorOf({ name: tensor.name, dataType: 1, dims: [BigInt(values.length)], rawData: new Uint8Array(values.buffer) }),
      indices: tensorOf({ dataType: 7, dims: [BigInt(values.length)], int64Data: Array.from(values, (_, i) => BigInt(i)) }),
    });
  }
  const all = graphsOf(model).flatMap(({ sparseInitializer }) => sparseInitializer);
  if (all.length === 0 || draw.below(4) === 0) return;
  const sparse = draw.of(all);
  switch (draw.below(6)) {
    case 0: if (sparse.indices !== undefined && sparse.indices.int64Data.length > 0) sparse.indices.int64Data[draw.below(sparse.indices.int64Data.length)] = draw.of(oddNumbers); break;
    case 1: sparse.dims[draw.below(sparse.dims.length + 1)] = draw.of(oddNumbers); break;
    case 2: if (draw.below(2) === 0) delete sparse.values; else delete sparse.indices; break;
    case 3: if (sparse.indices !== undefined) sparse.indices.dims.push(draw.of([1n, 2n, 0n])); break;
    case 4: if (sparse.values !== undefined) sparse.values.dataType = draw.between(0, 20); break;
    default: sparse.indices?.int64Data.pop();
  }
});
