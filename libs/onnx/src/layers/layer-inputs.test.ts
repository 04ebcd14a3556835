import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelPath, noModels } from '../../test/shared-models.js';
import { findLayers, layerInputs, readModel } from '../index.js';

const inputsOf = (path: string): Readonly<Record<string, readonly string[]>> => {
  const model = readModel(readFileSync(path));
  return Object.fromEntries(layerInputs(model, findLayers(model)));
};

describe('layerInputs', () => {
  it('follows a chain', () => {
    expect(inputsOf('examples/demo/demo.onnx')).toEqual({
      conv1: [], conv2: ['conv1'], conv3: ['conv2'], conv4: ['conv3'], conv5: ['conv4'], conv6: ['conv5'], dense: ['conv6'],
    });
  });

  it.skipIf(noModels !== undefined)(`sees both branches of a fire module, and what reads their concatenation ${noModels ?? ''}`, () => {
    const inputs = Object.entries(inputsOf(modelPath('squeezenet1_1')));
    expect(inputs[0]![1]).toEqual([]);
    const squeeze = inputs[1]!, one = inputs[2]!, three = inputs[3]!, next = inputs[4]!;
    expect(one[1]).toEqual([squeeze[0]]);
    expect(three[1]).toEqual([squeeze[0]]);
    expect(next[1]).toEqual([one[0], three[0]]);
  });

  it.skipIf(noModels !== undefined)(`sees past a sum: a residual block is read together with what goes around it ${noModels ?? ''}`, () => {
    const inputs = inputsOf(modelPath('cifar10_resnet20'));
    expect(inputs['layer1.0.conv1']).toEqual(['conv1']);
    expect(inputs['layer1.1.conv1']).toEqual(['conv1', 'layer1.0.conv2']);
  });
});
