import { control } from './benches/control.js';
import { coordinator } from './benches/coordinator.js';
import { exact } from './benches/exact.js';
import { exemplars } from './benches/exemplars.js';
import { generator } from './benches/generator.js';
import { gradientTimes } from './benches/gradients.js';
import { matrix } from './benches/matrix.js';
import { oracle } from './benches/oracle.js';
import { priors } from './benches/priors.js';
import { scheduling } from './benches/scheduling.js';
import { step } from './benches/step.js';
import { training } from './benches/training.js';
import { viewer } from './benches/viewer.js';

const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = { control, coordinator, exact, exemplars, generator, gradients: gradientTimes, matrix, oracle, priors, scheduling, step, training, viewer };

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join('|')} [argument …]`);
  process.exitCode = 2;
} else {
  await bench(args);
}
