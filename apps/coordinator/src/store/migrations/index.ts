import { sweepsAndShards } from './0001-sweeps-and-shards.js';
import { stagesBeforeSynthesis } from './0002-stages-before-synthesis.js';
import { projections } from './0003-projections.js';
import { pluginsOfASweep } from './0004-plugins-of-a-sweep.js';
import { recoveryAndLeaders } from './0005-recovery-and-leaders.js';
import { traces } from './0006-traces.js';
import { access } from './0007-access.js';
import { quality } from './0008-quality.js';
import { bisection } from './0009-bisection.js';
import { scheduling } from './0010-scheduling.js';
import { outputHolds } from './0012-output-holds.js';
import { checkpoints } from './0013-checkpoints.js';
import { lotsAndShares } from './0011-lots-and-shares.js';
import { yields } from './0014-yields.js';

/** In order of their names; a database remembers which it has had. */
export const migrations: Readonly<Record<string, string>> = {
  '0001-sweeps-and-shards': sweepsAndShards,
  '0002-stages-before-synthesis': stagesBeforeSynthesis,
  '0003-projections': projections,
  '0004-plugins-of-a-sweep': pluginsOfASweep,
  '0005-recovery-and-leaders': recoveryAndLeaders,
  '0006-traces': traces,
  '0007-access': access,
  '0008-quality': quality,
  '0009-bisection': bisection,
  '0010-scheduling': scheduling,
  '0011-lots-and-shares': lotsAndShares,
  '0012-output-holds': outputHolds,
  '0013-checkpoints': checkpoints,
  '0014-yields': yields,
};
