import { sweepKey } from '@neuron-atlas/spec';
import { inSpan } from '@neuron-atlas/telemetry/tracing';
import { defineCommand } from '../command.js';
import { followSweep } from '../follow-sweep.js';
import { pluginsOption } from '../local-options.js';
import { assertNoneBlocked, assertSweepable, loadPlan } from '../load-plan.js';
import { coordinatorOption, isGiven, optionalText, text } from '../option.js';
import { showWhileSweeping } from '../show-while-sweeping.js';
import { storeDataset } from '../store-dataset.js';
import { storeModel } from '../store-model.js';
import { withCoordinator } from '../with-coordinator.js';

export const submit = defineCommand<{ spec: string; output: string | undefined; model: string | undefined; plugins: readonly string[] | undefined; watch: boolean; coordinator: string | undefined }>({
  name: 'submit',
  summary: 'Send a sweep to a coordinator, whose agents work on it.',
  examples: ['submit sweep.yaml --watch', 'submit sweep.yaml --output s3://bucket/atlas --coordinator 127.0.0.1:7071'],
  options: {
    spec: { argument: 'SPEC', doc: 'The sweep spec, YAML or JSON. Its output must be in reach of the agents.', parse: text },
    output: { flag: '--output PLACE', doc: 'Write the atlas here instead: a folder, or s3://bucket/prefix.', parse: optionalText },
    model: { flag: '--model FILE', doc: 'Sweep this model instead.', parse: optionalText },
    plugins: pluginsOption,
    watch: { flag: '--watch', doc: 'Follow the sweep until it ends; `view` shows what is there meanwhile.', parse: isGiven },
    coordinator: coordinatorOption,
  },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async (client) => {
    const loaded = await loadPlan(world, options, signal);
    assertSweepable(loaded);
    // Asked before anything is written: a coordinator that is not there costs nothing.
    await client.sweeps.listSweeps({}, { signal });
    const store = await world.openStore(loaded.plan.spec.output);
    await world.checkWritable(store, signal);
    const { sweepId, existed } = await inSpan('submit', { 'atlas.model': loaded.plan.modelName }, async () => {
      await storeModel(store, loaded.model, loaded.files, signal);
      await storeDataset(world, store, loaded.plan, signal);
      return client.sweeps.submitSweep({ idempotencyKey: sweepKey(loaded.plan), planJson: JSON.stringify(loaded.plan) }, { signal });
    });
    const submitted = { sweepId, existed, output: loaded.plan.spec.output, blocked: loaded.blocks };
    if (options.watch) {
      if (out.json) out.record(submitted, () => '');
      else out.note(`sweep ${sweepId}${existed ? ' was there already' : ''}`);
      await followSweep({ out, world, signal }, client.sweeps, sweepId, showWhileSweeping({ sweeps: client.sweeps, sweepId, plan: loaded.plan, store, now: world.now, note: out.note }));
    } else {
      out.document(submitted, () => [`sweep   ${sweepId}${existed ? ' (was there already)' : ''}`, `output  ${loaded.plan.spec.output}`]);
    }
    assertNoneBlocked(loaded);
  }),
});
