import type { GivenInputs } from '@neuron-atlas/onnx';
import { defineCommand } from '../command.js';
import { errors } from '../errors.js';
import { absoluteLocation } from '../location.js';
import { inputsOption, text } from '../option.js';
import { counted } from '../quantity.js';
import { table } from '../table.js';

export const gradcheck = defineCommand<{ model: string; inputs: GivenInputs }>({
  name: 'gradcheck',
  summary: 'Check the gradient of every layer of a model in one random direction, and say where it disagrees.',
  examples: ['gradcheck examples/demo/demo.onnx', 'gradcheck net.onnx --json'],
  options: {
    model: { argument: 'MODEL', doc: 'An ONNX file, or s3://bucket/key.', parse: text },
    inputs: inputsOption,
  },
  run: async ({ options, out, world, signal }) => {
    const report = await world.readModel(absoluteLocation(options.model, world.cwd), options.inputs, signal);
    // Loaded where it is used: it takes longer to load than most commands take to run.
    const { checkModelGradients } = await import('../check-model-gradients.js');
    const checked = await checkModelGradients(report, await world.openRuntime(), signal, { each: ({ layer, verdict }) => out.note(`${layer}: ${verdict}`) });
    const wrong = checked.filter(({ verdict }) => verdict === 'disagrees');
    out.document({ model: report.facts.name, layers: checked }, () => [
      ...table(['layer', 'gradient', 'off by'], checked.map(({ layer, verdict, error }) => [layer, verdict, error === undefined ? '' : `${(100 * error).toPrecision(2)} %`])),
      '',
      'off by: how far a difference along one random direction is from the gradient, in parts of its length; above 10 % it disagrees',
      ...wrong.flatMap(({ layer, suspects }) => [`${layer} disagrees${suspects.length === 0 ? ', behind another layer that does' : `; behind the layers that agree come ${suspects.join(', ')}`}`]),
    ]);
    if (wrong.length > 0) throw errors.gradientsDisagree({ layers: wrong.map(({ layer }) => layer), of: counted(checked.length, 'layer') });
  },
});
