import type { GivenInputs } from '@neuron-atlas/onnx';
import { defineCommand } from '../command.js';
import { layerTree } from '../layer-tree.js';
import { absoluteLocation } from '../location.js';
import { inputsOption, text } from '../option.js';
import { bytes, count, counted } from '../quantity.js';
import { table } from '../table.js';
import type { LayerField, TwinFacts } from '@neuron-atlas/spec';
import type { ModelReport } from '../model-report.js';

export const inspect = defineCommand<{ model: string; inputs: GivenInputs }>({
  name: 'inspect',
  summary: 'Show a model as a tree of its layers, with units, costs and operators, and what stands in the way of its gradients.',
  examples: ['inspect examples/demo/demo.onnx', 'inspect net.onnx --json'],
  options: {
    model: { argument: 'MODEL', doc: 'An ONNX file, or s3://bucket/key.', parse: text },
    inputs: inputsOption,
  },
  run: async ({ options, out, world, signal }) => {
    const report = await world.readModel(absoluteLocation(options.model, world.cwd), options.inputs, signal);
    const { facts, model, content, data, ...rest } = report;
    const units = facts.layers.reduce((sum, layer) => sum + layer.units, 0);
    out.document({ ...facts, units, ...rest }, () => lines(report, units));
  },
});

/** `35×35 /4`: 35 by 35 pixels, 4 further for the next place. */
function fieldText(field: LayerField | undefined): string {
  if (field?.kind !== 'window') return field?.kind ?? 'unknown';
  const { size, stride } = field;
  return `${size.join('×')} /${stride.every((step) => step === stride[0]) ? stride[0] : stride.join('×')}`;
}

/** The other names under which the same units can be swept. */
function twinLines(twins: readonly TwinFacts[]): readonly string[] {
  const behind = twins.filter(({ op }) => op !== 'Concat');
  const joined = twins.filter(({ op }) => op === 'Concat');
  return [
    ...(behind.length === 0 ? [] : ['', `behind the nonlinearity, by name only: ${behind.slice(0, 3).map(({ id }) => id).join(', ')}${behind.length > 3 ? `, … (${behind.length} layers, all of them: *.post)` : ''}`]),
    ...(joined.length === 0 ? [] : ['', 'side by side, by name only:']),
    ...joined.map(({ id, of }) => `  ${id} = ${of.slice(0, 6).map(({ layer, start, units }) => `${layer} (${start}–${start + units - 1})`).join(' + ')}${of.length > 6 ? ` + ${of.length - 6} more` : ''}`),
  ];
}

function lines(report: ModelReport, units: number): readonly string[] {
  const { facts } = report;
  return [
    `model      ${facts.name}, ${bytes(facts.bytes)}, sha256 ${facts.sha256}`,
    `made by    ${report.producer === '' ? 'not stated' : report.producer}, opset ${report.opset}, ${counted(report.parameters, 'parameter')}`,
    `input      ${facts.input.name} [${facts.input.shape.join(', ')}]`,
    `operators  ${report.operators.map(({ op, count: times }) => `${op} ×${times}`).join(', ')}`,
    `layers     ${count(facts.layers.length)} with ${counted(units, 'unit')}`,
    '',
    ...table(['layer', 'op', 'site', 'units', 'shape', 'sees', 'MMACs', 'gradient'], layerTree(facts.layers).map(({ text: branch, layer }) => (layer === undefined ? [branch] : [
      branch, layer.op, layer.site, layer.units, layer.shape.join('×'), fieldText(layer.field), Number(layer.megaMacs.toFixed(1)),
      layer.blocked === undefined ? 'yes' : `no: ${layer.blocked.code}`,
    ]))),
    '',
    'layer: the names from the root to a line, put together, are the id that other commands take',
    'sees: the pixels that a place of the layer depends on, every so many pixels (/); more than the picture has lie in the padding',
    ...twinLines(facts.twins ?? []),
    ...(report.blocks.length === 0 ? [] : ['', 'not differentiable:']),
    ...report.blocks.flatMap((block) => [
      `  ${block.code}: ${block.message}`,
      `    blocks ${counted(block.layers.length, 'layer')}: ${block.layers.join(', ')}`,
      `    ${block.help}`,
    ]),
  ];
}
