import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findLayers, upgradeOpset, type Model } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { peakRate } from '../peak.js';
import { resnet18 } from '../resnet18.js';
import { stepTimes } from '../step-times.js';

const batch = 4;
const threads = 2;
/** Value and gradient ÷ forward, at most; 2.0 is the floor of arithmetic. */
const networks = [
  { name: 'resnet18', most: 2.2 }, { name: 'squeezenet1_1', most: 3.8 }, { name: 'mobilenetv2_bn_backbone', most: 3.4 }, { name: 'vit_tiny_patch16_224', most: 2.6 },
] as const;

/**
 * Value-and-gradient ÷ forward at batch 4, 224 px, 2 threads, median of 15; and, where a Python with torch and torchvision
 * is given, our ResNet-18 step ÷ the best of PyTorch's eager, channels-last and compiled in the same run.
 * ResNet-18 is built here with random weights; the trained networks come from $NEURON_ATLAS_SHARED/data/models.
 */
export async function gradientTimes([python]: readonly string[]): Promise<void> {
  const runtime = await createNodeRuntime({ provider: 'cpu', threads });
  console.log(`${runtime.version}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, batch ${batch}, ${threads} threads, median of 15`);
  console.log('network                     forward ms  value+grad ms   ratio  at most');
  let [step, products] = [NaN, NaN];
  for (const { name, most } of networks) {
    const model = await modelOf(name);
    if (model === undefined) {
      console.log(`${name.padEnd(28)} not there: set NEURON_ATLAS_SHARED`);
      continue;
    }
    const input = model.graph.inputs[0]!.name;
    const { forward, both, multiplyAdds } = await stepTimes(model, input, [batch, 3, 224, 224], findLayers(model).at(-1)!.tensor, runtime);
    if (name === 'resnet18') [step, products] = [both, 2 * multiplyAdds];
    console.log([name.padEnd(26), forward.toFixed(2).padStart(11), both.toFixed(2).padStart(14), (both / forward).toFixed(2).padStart(7), most.toFixed(1).padStart(8)].join(' '));
  }
  if (python === undefined) return;
  const script = fileURLToPath(new URL('../../oracle/torch_step.py', import.meta.url));
  const peer = spawnSync(python, [script, String(batch)], { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: String(threads) } });
  if (peer.status !== 0) throw new Error(`${python} ${script}: ${peer.stderr.trim().split('\n').at(-1) ?? ''}`);
  const { version, ...times } = JSON.parse(peer.stdout.trim().split('\n').at(-1)!) as { readonly version: string; readonly eager: number; readonly channelsLast: number; readonly compiled: number | null };
  const known = Object.entries(times).filter((entry): entry is [string, number] => entry[1] !== null);
  console.log(`PyTorch ${version}, ${threads} threads, value+grad of resnet18: ${known.map(([form, ms]) => `${form} ${ms.toFixed(2)} ms`).join(', ')}${times.compiled === null ? ', compiled: failed' : ''}`);
  console.log(`ours ÷ the best of these: ${(step / Math.min(...known.map(([, ms]) => ms))).toFixed(2)} (at most 0.70)`);
  const floor = (1000 * products) / await peakRate(runtime);
  console.log(`its multiply-adds alone, forward and back, at the rate of a large product of matrices on this machine: ${floor.toFixed(2)} ms, ${(floor / Math.min(...known.map(([, ms]) => ms))).toFixed(2)} of PyTorch's best`);
}

async function modelOf(name: string): Promise<Model | undefined> {
  if (name === 'resnet18') return resnet18();
  const path = join(process.env['NEURON_ATLAS_SHARED'] ?? join('..', 'shared'), 'data', 'models', `${name}.onnx`);
  return existsSync(path) ? upgradeOpset((await loadModelFile(path)).model) : undefined;
}
