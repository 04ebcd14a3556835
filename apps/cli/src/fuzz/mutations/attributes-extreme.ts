import { ofMessage, oddNumbers } from '../mutation.js';
import { attributesOf } from '../places.js';

const floats = [0, -0, 1, -1, 1e-45, 1e-8, 3.4e38, -3.4e38, NaN, Infinity, -Infinity, 0.5];
const words = ['', 'SAME_UPPER', 'SAME_LOWER', 'VALID', 'NOTSET', 'linear', 'cubic', 'nearest', 'reflect', 'edge', 'wrap', 'asymmetric', 'align_corners', 'tf_crop_and_resize', 'ij,jk->ik', 'i->', '...', 'CRD', 'DCR', 'tanh', 'none', 'x'.repeat(10_000)];

export const attributesExtreme = ofMessage('attributes-extreme', 'Numbers of attributes are zero, negative, enormous or none; lists get longer or shorter; words are others.', (model, draw) => {
  const attributes = attributesOf(model).filter(({ t, g }) => t === undefined && g === undefined);
  if (attributes.length === 0) return;
  for (let left = draw.between(1, 2); left > 0; left--) {
    const attribute = draw.of(attributes);
    if (attribute.ints.length > 0) {
      const at = draw.below(attribute.ints.length);
      if (draw.below(3) === 0) attribute.ints.splice(at, draw.below(2), draw.of(oddNumbers));
      else attribute.ints[at] = draw.below(2) === 0 ? BigInt(draw.between(-2, 5)) : draw.of(oddNumbers);
    } else if (attribute.floats.length > 0) {
      attribute.floats[draw.below(attribute.floats.length)] = draw.of(floats);
    } else if (attribute.s !== undefined && attribute.s.length > 0) {
      attribute.s = new TextEncoder().encode(draw.of(words));
    } else if (attribute.type === 1) {
      attribute.f = draw.of(floats);
    } else {
      attribute.i = draw.below(2) === 0 ? BigInt(draw.between(-4, 6)) : draw.of(oddNumbers);
    }
  }
});
