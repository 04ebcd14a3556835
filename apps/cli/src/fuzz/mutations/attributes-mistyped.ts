import { type AttributeProto } from '@neuron-atlas/proto/onnx';
import { attributeOf, graphOf, nodeOf, ofMessage, tensorOf } from '../mutation.js';
import { attributesOf } from '../places.js';

const text = new TextEncoder();

export const attributesMistyped = ofMessage('attributes-mistyped', 'An attribute is of another type, with a value of that type, or with its old one.', (model, draw) => {
  const attributes = attributesOf(model);
  if (attributes.length === 0) return;
  for (let left = draw.between(1, 2); left > 0; left--) {
    const attribute = draw.of(attributes);
    const type = draw.below(16) as NonNullable<AttributeProto['type']>;
    if (draw.below(2) === 0) {
      attribute.type = type;
      continue;
    }
    Object.assign(attribute, attributeOf({
      name: attribute.name, type, f: 0.5, i: 3n, s: text.encode('odd'), floats: [1, 2], ints: [1n, -1n], strings: [text.encode('a')],
      t: tensorOf({ dims: [2n], dataType: 1, floatData: [1, 2] }), g: graphOf({ name: 'odd', node: [nodeOf({ opType: 'Identity', input: ['nowhere'], output: ['there'] })] }),
      ...(draw.below(4) === 0 ? { refAttrName: 'alpha' } : {}),
    }));
  }
});
