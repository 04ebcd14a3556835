import { attributeOf, ofMessage } from '../mutation.js';
import { nodesOf } from '../places.js';

const known = ['axis', 'axes', 'keepdims', 'pads', 'strides', 'dilations', 'group', 'kernel_shape', 'auto_pad', 'ceil_mode', 'mode', 'epsilon', 'alpha', 'perm', 'to', 'transA', 'num_groups', 'blocksize', 'training_mode', 'allowzero', 'noop_with_empty_axes', 'then_branch', 'body', 'value'];

export const attributesDropped = ofMessage('attributes-dropped', 'Attributes are missing, stand twice, or stand where they do not belong.', (model, draw) => {
  const nodes = nodesOf(model);
  for (let left = draw.between(1, 3); left > 0; left--) {
    const withSome = nodes.filter(({ attribute }) => attribute.length > 0);
    const { attribute } = draw.of(draw.below(4) === 0 || withSome.length === 0 ? nodes : withSome);
    switch (draw.below(3)) {
      case 0: attribute.splice(draw.below(Math.max(1, attribute.length)), 1); break;
      case 1: if (attribute.length > 0) attribute.push({ ...draw.of(attribute) }); break;
      default: attribute.push(attributeOf({ name: draw.of(known), ...(draw.below(2) === 0 ? { type: 2, i: BigInt(draw.between(-2, 4)) } : { type: 7, ints: Array.from({ length: draw.below(5) }, () => BigInt(draw.between(-2, 4))) }) }));
    }
  }
});
