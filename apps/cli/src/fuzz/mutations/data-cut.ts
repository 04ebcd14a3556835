import { ofMessage } from '../mutation.js';
import { tensorsOf } from '../places.js';

export const dataCut = ofMessage('data-cut', 'The numbers of a tensor are too few, too many, absent, or in the wrong field.', (model, draw) => {
  for (let left = draw.between(1, 2); left > 0; left--) {
    const tensor = draw.of(tensorsOf(model));
    const raw = tensor.rawData ?? new Uint8Array(0);
    switch (draw.below(6)) {
      case 0: tensor.rawData = raw.slice(0, draw.below(raw.length + 1)); break;
      case 1: tensor.rawData = Uint8Array.from({ length: raw.length + draw.between(1, 9) }, (_, i) => raw[i] ?? 0); break;
      case 2: delete tensor.rawData; break;
      case 3: tensor.floatData = Array.from({ length: draw.between(1, 9) }, (_, i) => i); break;
      case 4: tensor.int64Data = Array.from({ length: draw.between(1, 9) }, (_, i) => BigInt(i)); delete tensor.rawData; break;
      default: tensor.segment = { begin: 0n, end: 1n };
    }
  }
});
