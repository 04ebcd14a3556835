import { largeFleet } from './scenario.js';
import { simulate } from './simulate.js';

/** Runs the large fleet for each `WEIGHTS:SEED` that is named (`1,1,1:1`) and prints a line of JSON for it: what, outcome, seconds of this machine. */
for (const argument of process.argv.slice(2)) {
  const [weights = '1,1,1', seed = '1'] = argument.split(':');
  const begun = performance.now();
  const outcome = simulate(largeFleet({ weights: weights.split(',').map(Number), seed: Number(seed) }));
  process.stdout.write(`${JSON.stringify({ weights, seed: Number(seed), seconds: (performance.now() - begun) / 1000, ...outcome })}\n`);
}
