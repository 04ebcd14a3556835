import { defineCommand } from '../command.js';
import { assertNoneBlocked } from '../load-plan.js';
import { isGiven, optionalText, text } from '../option.js';
import { agentsOption, pluginsOption, providerOption, stateOption } from '../local-options.js';
import { runSweep } from '../run-sweep.js';
import { summaryLines } from '../finished-atlas.js';

export const run = defineCommand<{ spec: string; output: string | undefined; model: string | undefined; plugins: readonly string[] | undefined; state: string; agents: number; provider: string; quiet: boolean }>({
  name: 'run',
  summary: 'Sweep on this machine, from spec to atlas, in one command; run again, it resumes.',
  examples: ['run examples/demo/sweep.yaml --output atlas', 'run sweep.yaml --agents 2 --json'],
  options: {
    spec: { argument: 'SPEC', doc: 'The sweep spec, YAML or JSON.', parse: text },
    output: { flag: '--output PLACE', doc: 'Write the atlas here instead: a folder, or s3://bucket/prefix.', parse: optionalText },
    model: { flag: '--model FILE', doc: 'Sweep this model instead: another checkpoint with the same spec.', parse: optionalText },
    plugins: pluginsOption,
    state: stateOption,
    agents: agentsOption,
    provider: providerOption,
    quiet: { flag: '--quiet', doc: 'Show no progress.', parse: isGiven },
  },
  run: async ({ options, out, world, signal }) => {
    const quiet = options.quiet ? { ...out, bars: false, note: () => undefined } : out;
    const { loaded, summary, wasComplete } = await runSweep({ out: quiet, world, signal }, options);
    out.document({ ...summary, wasComplete, blocked: loaded.blocks }, () => summaryLines(summary, wasComplete));
    assertNoneBlocked(loaded);
  },
});
