import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const folder = join(process.env['NEURON_ATLAS_SHARED'] ?? join(root, '..', 'shared'), 'data', 'models');

/** Why tests on the shared models are left out; undefined where the models are there. */
export const noModels: string | undefined = existsSync(folder) ? undefined : `no models in ${folder}; set NEURON_ATLAS_SHARED`;
export const modelPath = (name: string): string => join(folder, `${name}.onnx`);

/** The shared models, with the shape of one picture. */
export const sharedModels = [
  { name: 'mnist_cntk', input: 'Input3', output: 'Plus214_Output_0', picture: [1, 28, 28] },
  { name: 'cifar10_cnn', input: 'modelInput', output: 'modelOutput', picture: [3, 32, 32] },
  { name: 'cifar10_resnet20', input: 'input', output: 'logits', picture: [3, 32, 32] },
  { name: 'squeezenet1_1', input: 'data', output: 'logits', picture: [3, 224, 224] },
  { name: 'mobilenetv2_bn_backbone', input: 'data', output: 'features', picture: [3, 224, 224] },
  { name: 'vit_tiny_patch16_224', input: 'pixel_values', output: 'logits', picture: [3, 224, 224] },
] as const;
