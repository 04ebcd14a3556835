import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeModel } from '@neuron-atlas/onnx';
import { ModelProto } from '@neuron-atlas/proto/onnx';
import type { ModelFiles } from './mutation.js';
import { smallModels } from './seeds/small-models.js';

export interface Seed extends ModelFiles {
  readonly name: string;
}

/** By name: one more among them would make every numbered file another. */
const exports = [
  'cait-script', 'convnext-script', 'densenet-script', 'mixer-script', 'mobilenet_v2-dynamo', 'mobilenet_v2-script', 'shufflenet_v2-script', 'swin-script', 'swin_v2-script',
  'vit_registers-dynamo', 'vit_registers-script',
];

/** The models that are mutated: small ones with every form that a file may have, then real exports (a folder of `NAME/model.onnx`). */
export async function readSeeds(exportsFolder: string): Promise<readonly Seed[]> {
  const none: ModelFiles['beside'] = new Map();
  const small = Object.entries(smallModels).map(([name, model]): Seed => ({ name, bytes: writeModel(model), beside: none }));
  const exported = await Promise.all(exports.map(async (name): Promise<Seed> => ({ name, bytes: new Uint8Array(await readFile(join(exportsFolder, name, 'model.onnx'))), beside: none })));
  // The small ones twice as often: they are quick, and more of their bytes say something.
  return [...small, ...small, outside(small.find(({ name }) => name === 'decoder')!), outside(small.find(({ name }) => name === 'transformer')!), ...exported];
}

/** The same model with its weights in a file beside it. */
function outside({ name, bytes }: Seed): Seed {
  const model = ModelProto.decode(bytes);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const tensor of model.graph?.initializer ?? []) {
    const { rawData } = tensor;
    if (rawData === undefined) continue;
    delete tensor.rawData;
    tensor.dataLocation = 1;
    tensor.externalData = [{ key: 'location', value: 'weights.bin' }, { key: 'offset', value: String(at) }, { key: 'length', value: String(rawData.length) }];
    parts.push(rawData);
    at += rawData.length;
  }
  const whole = new Uint8Array(at);
  parts.reduce((offset, part) => { whole.set(part, offset); return offset + part.length; }, 0);
  return { name: `${name}-outside`, bytes: ModelProto.encode(model).finish(), beside: new Map([['weights.bin', whole]]) };
}
