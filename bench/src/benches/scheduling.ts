import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

interface Line {
  readonly weights: string; readonly seed: number; readonly seconds: number;
  readonly makespanSeconds: number; readonly lowerBoundSeconds: number; readonly useful: number; readonly fairnessError: number; readonly longestDroughtSeconds: number;
  readonly lost: { readonly loading: number; readonly idle: number; readonly dead: number };
  readonly preemptions: number; readonly leases: number; readonly shards: number; readonly leaseSeconds: readonly number[];
}

const script = join('apps', 'coordinator', 'dist', 'schedule', 'simulation', 'main.js');
const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

/**
 * A thousand agents of three speeds and three sweeps of a million units, simulated around the coordinator's own scheduling.
 * Arguments: `WEIGHTS:SEED` each (equal and unequal weights, seeds 1 to 3).
 */
export async function scheduling(args: readonly string[]): Promise<void> {
  const runs = args.length > 0 ? args : ['1,1,1', '1,2,3'].flatMap((weights) => [1, 2, 3].map((seed) => `${weights}:${seed}`));
  console.log('| weights | seed | useful | loading | idle | dead | makespan s | over the bound | fairness error | longest drought s | vanished | leases | shards | lease s (10, 50, 90 %) | run s |');
  console.log('|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|');
  for (const run of runs) {
    const line = JSON.parse(execFileSync(process.execPath, [script, run], { encoding: 'utf8' })) as Line;
    console.log(`| ${[
      line.weights, line.seed, percent(line.useful), percent(line.lost.loading), percent(line.lost.idle), percent(line.lost.dead), line.makespanSeconds.toFixed(0), percent(line.makespanSeconds / line.lowerBoundSeconds - 1),
      percent(line.fairnessError), line.longestDroughtSeconds.toFixed(0), line.preemptions, line.leases, line.shards, line.leaseSeconds.map((seconds) => seconds.toFixed(0)).join(', '), line.seconds.toFixed(1),
    ].join(' | ')} |`);
  }
}
