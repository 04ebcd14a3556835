import { expandShards, specJsonSchema, stages as allStages } from '@neuron-atlas/spec';
import { defineCommand } from '../command.js';
import { errors } from '../errors.js';
import { pluginsOption } from '../local-options.js';
import { loadPlan, plannedUnits } from '../load-plan.js';
import { isGiven, optionalText } from '../option.js';
import { plannedBytes } from '../planned-bytes.js';
import { bytes, count, counted, duration } from '../quantity.js';
import { table } from '../table.js';

export const plan = defineCommand<{ spec: string | undefined; output: string | undefined; model: string | undefined; plugins: readonly string[] | undefined; schema: boolean }>({
  name: 'plan',
  summary: 'Show what a sweep would do and cost on this machine; nothing is written.',
  examples: ['plan examples/demo/sweep.yaml', 'plan --schema'],
  options: {
    spec: { argument: '[SPEC]', doc: 'The sweep spec, YAML or JSON.', parse: optionalText },
    output: { flag: '--output PLACE', doc: 'As for run.', parse: optionalText },
    model: { flag: '--model FILE', doc: 'As for run.', parse: optionalText },
    plugins: pluginsOption,
    schema: { flag: '--schema', doc: 'Print the JSON Schema of a spec instead.', parse: isGiven },
  },
  run: async ({ options, out, world, signal }) => {
    if (options.schema) return out.document(specJsonSchema(), () => [JSON.stringify(specJsonSchema(), null, 2)]);
    if (options.spec === undefined) throw errors.usage({ problem: 'SPEC must be given', command: 'plan' });
    const loaded = await loadPlan(world, { ...options, spec: options.spec }, signal);
    const { plan: sweep, blocks } = loaded;
    const gigaMacsPerSecond = await world.measureSpeed(signal);
    const shards = [...expandShards(sweep)];
    const units = sweep.layers.reduce((sum, layer) => sum + plannedUnits(layer), 0);
    const stages = allStages.filter((stage) => stage === 'publish' || shards.some((shard) => shard.stage === stage)).map((stage) => {
      const own = shards.filter((shard) => shard.stage === stage);
      const gigaMacs = own.reduce((sum, shard) => sum + shard.cost, 0);
      return { stage, shards: own.length, gigaMacs, seconds: gigaMacs / gigaMacsPerSecond, bytes: plannedBytes(sweep, stage, own.length) };
    });
    const layers = sweep.layers.map((layer) => {
      const own = shards.filter((shard) => shard.layer === layer.id);
      const gigaMacs = own.reduce((sum, shard) => sum + shard.cost, 0);
      return { layer: layer.id, units: plannedUnits(layer), shards: own.length, gigaMacs, seconds: gigaMacs / gigaMacsPerSecond, blocked: layer.blocked?.code };
    });
    out.document({ name: sweep.spec.name, output: sweep.spec.output, units, gigaMacsPerSecond, stages, layers, blocked: blocks }, () => [
      `sweep   ${sweep.spec.name}: ${counted(layers.length, 'layer')}, ${counted(units, 'unit')} of ${sweep.modelName}`,
      `output  ${sweep.spec.output}`,
      `speed   ${gigaMacsPerSecond.toFixed(1)} GMAC/s, measured here in a second; times hold for this machine alone and are rough`,
      '',
      ...table(['layer', 'units', 'shards', 'GMACs', 'time'], layers.map((layer) => [
        layer.layer, layer.units, layer.shards, Number(layer.gigaMacs.toFixed(1)), layer.blocked === undefined ? duration(layer.seconds) : `blocked: ${layer.blocked}`,
      ])),
      '',
      ...table(['stage', 'shards', 'GMACs', 'time', 'bytes'], stages.map((stage) => [
        stage.stage, stage.shards, count(stage.gigaMacs), stage.stage === 'publish' ? 'seconds' : duration(stage.seconds), bytes(stage.bytes),
      ])),
      ...blocks.map((block) => `blocked: ${block.code}: ${block.message}; ${block.layers.join(', ')}`),
    ]);
  },
});
