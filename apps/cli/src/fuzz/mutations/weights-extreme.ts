import { ofMessage } from '../mutation.js';
import { tensorsOf } from '../places.js';

const extremes = [0, -0, 1, -1, NaN, Infinity, -Infinity, 1e-45, 1e-30, 1e30, 3.4e38, -3.4e38];

export const weightsExtreme = ofMessage('weights-extreme', 'Weights are zero, not a number, infinite, tiny or enormous: one of them, some, or all of a tensor.', (model, draw) => {
  const weights = tensorsOf(model).filter(({ dataType, rawData }) => dataType === 1 && rawData !== undefined && rawData.length >= 4);
  if (weights.length === 0) return;
  const tensor = draw.of(weights);
  const values = new Float32Array(Uint8Array.from(tensor.rawData!).buffer);
  const value = draw.of(extremes);
  switch (draw.below(3)) {
    case 0: values[draw.below(values.length)] = value; break;
    case 1: for (let i = draw.below(4); i < values.length; i += 4) values[i] = value; break;
    default: values.fill(value);
  }
  tensor.rawData = new Uint8Array(values.buffer);
});
