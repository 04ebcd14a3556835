import { basename, relative, resolve } from 'node:path';
import type { GivenInputs } from '@neuron-atlas/onnx';
import { defineCommand } from '../command.js';
import { errors } from '../errors.js';
import { absoluteLocation } from '../location.js';
import type { ModelReport } from '../model-report.js';
import { inputsOption, text } from '../option.js';
import { counted } from '../quantity.js';

export const init = defineCommand<{ model: string; out: string; inputs: GivenInputs }>({
  name: 'init',
  summary: 'Read a model and write a sweep.yaml for it, with a comment at each line that is worth a thought.',
  examples: ['init examples/demo/demo.onnx --out sweep.yaml'],
  options: {
    model: { argument: 'MODEL', doc: 'An ONNX file, or s3://bucket/key.', parse: text },
    inputs: inputsOption,
    out: { flag: '--out FILE', doc: 'The spec to write (default: sweep.yaml).', parse: (raw) => raw || 'sweep.yaml' },
  },
  run: async ({ options, out, world, signal }) => {
    const location = absoluteLocation(options.model, world.cwd);
    const file = resolve(world.cwd, options.out);
    if (await world.exists(file)) throw errors.fileExists({ path: file });
    const report = await world.readModel(location, options.inputs, signal);
    // A path in a spec is relative to the spec.
    const path = /^s3:/i.test(location) ? location : relative(resolve(file, '..'), location).replaceAll('\\', '/');
    await world.writeFile(file, new TextEncoder().encode(specText(report, path, options.inputs)));
    const units = report.facts.layers.reduce((sum, layer) => sum + layer.units, 0);
    out.document({ file, layers: report.facts.layers.length, units, blocked: report.blocks.flatMap(({ layers }) => layers) }, () => [
      `wrote     ${file}`,
      `model     ${report.facts.name}: ${counted(report.facts.layers.length, 'layer')}, ${counted(units, 'unit')}`,
      `next      neuron-atlas plan ${options.out}`,
    ]);
  },
});

function specText({ facts, blocks }: ModelReport, path: string, inputs: GivenInputs): string {
  const [, channels = 3, height = 224, width = 224] = facts.input.shape;
  const size = Math.min(height, width);
  const [remark, preprocess] = channels === 1 ? ['no change at all', '{ mean: [0], std: [1], range: [0, 1], color: L }']
    : channels === 3 ? ['the numbers of models trained on ImageNet', '{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: RGB }']
    : [`no change at all, the same for each of the ${channels} bands`, '{ mean: [0], std: [1], range: [0, 1], color: bands }'];
  const ids = facts.layers.map(({ id }) => id);
  const blocked = blocks.flatMap(({ layers }) => layers);
  const quoted = (value: string): string => JSON.stringify(value);
  return `# What to make of ${facts.name}: ${ids.length} layers, input ${facts.input.name} [${facts.input.shape.join(', ')}].
# \`neuron-atlas plan\` says what it costs, \`neuron-atlas plan --schema\` prints all that may stand here.
name: ${quoted(basename(facts.name))}
model:
  path: ${quoted(path)}
${Object.keys(inputs).length === 0 ? '' : `  # Constants for the inputs that are not the picture.\n  inputs: ${JSON.stringify(inputs)}\n`}  # How a picture in 0..1 becomes the input. The file does not say; these are ${remark}: check yours.
  # Wrong numbers give dull or garish pictures, not errors.
  preprocess: ${preprocess}
units:
  # all, or globs over layer ids: ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? `, … ${ids.at(-1)}` : ''}
  layers: all
  # all, or ranges, both ends included. "0-7" is a good first try.
  channels: all
${blocked.length === 0 ? '' : `# No gradient gets to these layers; they are reported and not swept: ${blocked.join(', ')}\n`}views:
  synthesis:
    # A view is a prior (what the picture can be), an objective (what must rise) and the settings of the climb. Several may stand here.
    - prior: fourier          # or pixels: free pixels, rougher
      objective: channel      # the unit's mean over its map; neuron: one position; logit: for outputs
      steps: 96               # twice the steps take twice the time
      size: ${Math.min(size, 128)}               # side of the canvas in pixels; a layer behind a fixed head uses the model's own ${size}
      seeds: [0]              # [0, 1, 2] makes three pictures: what they share is the unit's
# A folder under the one you are in, or s3://bucket/prefix.
output: ${quoted(`atlas-${basename(facts.name)}`)}
`;
}
