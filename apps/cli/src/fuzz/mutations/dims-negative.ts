import { changeSizes } from '../change-sizes.js';
import { ofMessage, oddNumbers } from '../mutation.js';
import { graphsOf, tensorsOf } from '../places.js';

const below = [...oddNumbers.filter((number) => number < 0n), -2n, -3n, -7n, -100n, 0n];

export const dimsNegative = ofMessage('dims-negative', 'A dimension of a weight or an input, or a size among the constants, is below zero, or zero.', (model, draw) => {
  switch (draw.below(3)) {
    case 0: {
      const { dims } = draw.of(tensorsOf(model));
      dims[draw.below(dims.length + 1)] = draw.of(below);
      break;
    }
    case 1: {
      const type = draw.of(graphsOf(model).flatMap(({ input, output }) => [...input, ...output])).type?.value;
      const dims = type?.$case === 'tensorType' ? type.value.shape?.dim ?? [] : [];
      if (dims.length > 0) dims[draw.below(dims.length)] = { value: { $case: 'dimValue', value: draw.of(below) } };
      break;
    }
    default: changeSizes(model, draw, below);
  }
});
