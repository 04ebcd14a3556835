import { ofMessage } from '../mutation.js';
import { graphsOf, tensorsOf } from '../places.js';

export const typesChanged = ofMessage('types-changed', 'A tensor, an input or an output is of another element type, or of none.', (model, draw) => {
  const code = draw.between(0, 26);
  if (draw.below(2) === 0) {
    draw.of(tensorsOf(model)).dataType = code;
    return;
  }
  const info = draw.of(graphsOf(model).flatMap(({ input, output, valueInfo }) => [...input, ...output, ...valueInfo]));
  const type = info.type?.value;
  switch (draw.below(4)) {
    case 0: delete info.type; break;
    case 1: info.type = { value: { $case: 'sequenceType', value: { elemType: info.type } } }; break;
    default: if (type?.$case === 'tensorType') type.value.elemType = code;
  }
});
