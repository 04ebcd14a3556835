import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { median } from '../median.js';
import { batch, openDemoStep } from '../training/demo-step.js';
import { hasTorch, openTorchStep } from '../training/torch-step.js';

const blocks = 4;
const stepsPerBlock = 6;
/** Farther apart than this, the two do not compute the same; float32 alone gives some 1e-6. */
const sameTerm = 1e-3;

/**
 * Samples per second of generator training (the demo network's pool4, 64 pixels, batch 16), ours and, where a Python with
 * torch is given, PyTorch eager's from the same weights on the same pictures; blocks of the two take turns. The terms of
 * the first step are compared first. THREADS of each: one, on a core of its own, is what a busy machine can still measure.
 */
export async function training([python, given = '2']: readonly string[]): Promise<void> {
  const threads = Number(given);
  const runtime = await createNodeRuntime({ provider: 'cpu', threads });
  const withTorch = python !== undefined && hasTorch(python);
  console.log(`${runtime.version}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, batch ${batch}, ${threads} threads, median of ${blocks * stepsPerBlock} steps`);
  if (!withTorch) console.log(python === undefined ? 'without PyTorch: give the path of a Python that has torch to compare' : `without PyTorch: ${python} has no torch`);
  for (const adversarial of [0, 0.01]) {
    await using ours = await openDemoStep(runtime, threads, adversarial);
    const { trainer, feeds, tensors } = ours;
    const first = await trainer.step(feeds, 1e-3);
    await using torch = withTorch ? await openTorchStep(python, tensors, { threads, adversarial }) : undefined;
    for (const [name, value] of Object.entries(torch?.terms ?? {})) {
      const mine = first.metrics[name];
      // The discriminator's own term is taken before its step in both.
      if (mine === undefined || Math.abs(mine - value) > sameTerm * Math.abs(value)) throw new Error(`the term ${name} is ${mine} here and ${value} in PyTorch: they do not compute the same`);
    }
    const [mine, theirs]: [number[], number[]] = [[], []];
    for (let block = 0; block < blocks; block++) {
      await trainer.step(feeds, 1e-3);
      for (let step = 0; step < stepsPerBlock; step++) {
        const start = performance.now();
        await trainer.step(feeds, 1e-3);
        mine.push(performance.now() - start);
      }
      await pause(50);
      if (torch !== undefined) theirs.push(...(await torch.time(stepsPerBlock + 1)).slice(1));
      await pause(50);
    }
    const speed = (times: readonly number[]): string => `${median(times).toFixed(1)} ms a step, ${((1000 * batch) / median(times)).toFixed(0)} samples/s`;
    console.log(`${adversarial === 0 ? 'image + feature' : 'image + feature + adversarial'}: ours ${speed(mine)}${torch === undefined ? '' : `; PyTorch ${torch.version} eager ${speed(theirs)}; ours ÷ PyTorch's samples/s ${(median(theirs) / median(mine)).toFixed(2)} (at least 1.0)`}`);
  }
}
