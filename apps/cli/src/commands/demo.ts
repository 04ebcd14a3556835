import { join } from 'node:path';
import { defineCommand } from '../command.js';
import { assertNoneBlocked } from '../load-plan.js';
import { agentsOption, providerOption, stateOption } from '../local-options.js';
import { runSweep } from '../run-sweep.js';
import { summaryLines } from '../finished-atlas.js';
import { standView } from '../view/stand-view.js';
import { writeSheets } from '../write-sheets.js';

const outputFolder = 'atlas-demo';

export const demo = defineCommand<{ state: string; agents: number; provider: string }>({
  name: 'demo',
  summary: `Sweep the built-in model into ./${outputFolder}, everything local, with a contact sheet of each layer; at a terminal the viewer opens on it at the end.`,
  examples: ['demo'],
  options: { state: stateOption, agents: agentsOption, provider: providerOption },
  run: async ({ options, out, world, signal }) => {
    const spec = await world.projectFile('examples/demo/sweep.yaml');
    const { loaded, summary, wasComplete } = await runSweep({ out, world, signal }, { ...options, spec, output: outputFolder });
    const folder = join(world.cwd, outputFolder, 'sheets');
    const sheets = await writeSheets(world, { atlas: summary.path, folder, tile: 64, skipExisting: wasComplete }, signal);
    out.document({ ...summary, wasComplete, sheets, blocked: loaded.blocks }, () => [
      ...summaryLines(summary, wasComplete),
      `sheets    ${folder}`,
      ...(out.bars ? [] : [`view with  neuron-atlas view ${outputFolder}`]),
    ]);
    assertNoneBlocked(loaded);
    // At a terminal somebody looks; a script wants the command to end.
    if (out.bars) await standView({ out, world, signal }, { atlas: summary.path, port: 0 });
  },
});
