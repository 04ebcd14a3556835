import type { SweepServiceClient } from '@neuron-atlas/proto';
import { defineCommand, type Command } from './command.js';
import { coordinatorOption, text } from './option.js';
import { sweepLines, sweepRecord } from './sweep-lines.js';
import { withCoordinator } from './with-coordinator.js';

type Action = 'pauseSweep' | 'resumeSweep' | 'cancelSweep' | 'retrySweep';

/** A command that changes the state of one sweep and shows what became of it. */
export function sweepAction(name: string, summary: string, action: Action): Command<{ id: string; coordinator: string | undefined }> {
  return defineCommand<{ id: string; coordinator: string | undefined }>({
    name,
    summary,
    examples: [`${name} sw-0123456789`],
    options: {
      id: { argument: 'ID', doc: 'The sweep, as `sweeps` lists it.', parse: text },
      coordinator: coordinatorOption,
    },
    run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async ({ sweeps }: { sweeps: SweepServiceClient }) => {
      const sweep = await sweeps[action]({ sweepId: options.id }, { signal });
      out.document(sweepRecord(sweep), () => sweepLines(sweep));
    }),
  });
}
