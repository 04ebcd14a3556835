import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { compareGradient, type OracleCase } from '../compare-gradient.js';
import { median } from '../median.js';

const tolerance = 5e-4;

/**
 * Input gradients of the networks in a folder of bench/oracle/export.py against those of autograd in float64: a line each,
 * and an exit code of 1 if one disagrees. Names after the folder choose some.
 *
 * A network agrees if the median of its pictures does. Where a rectifier or a pool decides within the rounding of float32 the
 * gradient jumps, in PyTorch's float32 as in ours; whether the graph itself is right `npm run bench -- exact` tells, in float64.
 */
export async function oracle([folder, ...names]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Error('usage: npm run bench -- oracle FOLDER [NAME …]');
  const runtime = await createNodeRuntime({ provider: 'cpu' });
  console.log(`${runtime.version}, Node ${process.version}; |ours − autograd in float64| / |autograd in float64|, at most ${tolerance}`);
  console.log('network                       nodes  pictures  within   best     median   worst    | PyTorch float32: within, best, median, worst');
  let [cases, agreeing] = [0, 0];
  for (const name of (await readdir(folder)).sort()) {
    if (names.length > 0 && !names.some((wanted) => name.startsWith(wanted))) continue;
    cases++;
    const [line, agrees] = await compared(join(folder, name));
    console.log(`${name.padEnd(28)} ${line}`);
    if (agrees) agreeing++;
  }
  console.log(`${agreeing} of ${cases} agree`);
  if (agreeing < cases) process.exitCode = 1;

  async function compared(at: string): Promise<readonly [line: string, agrees: boolean]> {
    if (!existsSync(join(at, 'case.json'))) return [`not exported: ${(await readFile(join(at, 'failed.txt'), 'utf8')).trim().split('\n').at(-1)!.slice(0, 160)}`, false];
    const known = JSON.parse(await readFile(join(at, 'case.json'), 'utf8')) as OracleCase;
    try {
      const { errors, nodes } = await compareGradient(at, known, runtime);
      const agrees = median(errors) <= tolerance;
      return [`${`${nodes}`.padStart(6)} ${`${errors.length}`.padStart(9)}  ${summary(errors)} | ${summary(known.torchFloat32)}${agrees ? '' : '   DISAGREES'}`, agrees];
    } catch (cause) {
      return [String(cause).split('\n')[0]!.slice(0, 300), false];
    }
  }
}

const summary = (errors: readonly number[]): string =>
  [`${errors.filter((error) => error <= tolerance).length}`.padStart(6), ...[Math.min(...errors), median(errors), Math.max(...errors)].map((error) => error.toExponential(1).padStart(8))].join(' ');
