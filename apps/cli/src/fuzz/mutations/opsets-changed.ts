import { ofMessage } from '../mutation.js';

const versions = [0n, 1n, 5n, 6n, 7n, 9n, 10n, 11n, 12n, 13n, 14n, 16n, 17n, 18n, 19n, 20n, 21n, 22n, 23n, 24n, 26n, 99n, 10_001n, -1n, 2n ** 63n - 1n];

export const opsetsChanged = ofMessage('opsets-changed', 'The file, or a function of it, says another opset or none, or another version of the format.', (model, draw) => {
  const lists = [model.opsetImport, ...model.functions.map(({ opsetImport }) => opsetImport)];
  const list = draw.of(lists);
  switch (draw.below(5)) {
    case 0: list.splice(draw.below(Math.max(1, list.length)), 1); break;
    case 1: list.push({ domain: draw.of(['', 'ai.onnx', 'com.microsoft', 'custom']), version: draw.of(versions) }); break;
    case 2: model.irVersion = draw.of([...versions, 3n, 4n, 8n]); break;
    default: if (list.length > 0) draw.of(list).version = draw.of(versions);
  }
});
