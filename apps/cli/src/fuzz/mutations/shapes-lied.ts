import { ofMessage } from '../mutation.js';
import { graphsOf, tensorsOf } from '../places.js';

export const shapesLied = ofMessage('shapes-lied', 'Dimensions of inputs, outputs, noted values and weights are not what they are.', (model, draw) => {
  const small = (): bigint => BigInt(draw.between(0, 40));
  if (draw.below(2) === 0) {
    const tensor = draw.of(tensorsOf(model));
    switch (draw.below(4)) {
      case 0: tensor.dims.reverse(); break;
      case 1: if (tensor.dims.length > 0) tensor.dims[draw.below(tensor.dims.length)] = small(); break;
      case 2: tensor.dims.push(1n); break;
      default: tensor.dims = [tensor.dims.reduce((product, dim) => product * dim, 1n)];
    }
    return;
  }
  const infos = graphsOf(model).flatMap((graph) => [...graph.input, ...graph.output, ...graph.valueInfo]);
  const type = draw.of(infos).type?.value;
  if (type?.$case !== 'tensorType') return;
  const dims = type.value.shape?.dim ?? [];
  switch (draw.below(4)) {
    case 0: dims.splice(draw.below(dims.length + 1), draw.below(2), { value: { $case: 'dimValue', value: small() } }); break;
    case 1: dims.reverse(); break;
    case 2: if (dims.length > 0) dims[draw.below(dims.length)] = { value: { $case: 'dimParam', value: draw.of(['N', 'unk__1', '', 'H']) } }; break;
    default: if (dims.length > 0) dims[draw.below(dims.length)] = { value: { $case: 'dimValue', value: small() } };
  }
});
