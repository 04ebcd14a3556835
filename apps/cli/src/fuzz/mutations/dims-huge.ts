import { changeSizes } from '../change-sizes.js';
import { ofMessage, oddNumbers } from '../mutation.js';
import { graphsOf, tensorsOf } from '../places.js';

const huge = oddNumbers.filter((number) => number > 4000n);

export const dimsHuge = ofMessage('dims-huge', 'A dimension of a weight or an input, or a size among the constants, is enormous.', (model, draw) => {
  switch (draw.below(3)) {
    case 0: {
      const { dims } = draw.of(tensorsOf(model));
      dims[draw.below(dims.length + 1)] = draw.of(huge);
      break;
    }
    case 1: {
      const type = draw.of(graphsOf(model).flatMap(({ input, output }) => [...input, ...output])).type?.value;
      const dims = type?.$case === 'tensorType' ? type.value.shape?.dim ?? [] : [];
      if (dims.length > 0) dims[draw.below(dims.length)] = { value: { $case: 'dimValue', value: draw.of(huge) } };
      break;
    }
    default: changeSizes(model, draw, huge);
  }
});
