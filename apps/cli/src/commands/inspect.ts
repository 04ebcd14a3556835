import { defineCommand } from '../command.js';
import { absoluteLocation } from '../location.js';
import { text } from '../option.js';
import { bytes, count, counted } from '../quantity.js';
import { table } from '../table.js';
import type { ModelReport } from '../model-report.js';

export const inspect = defineCommand<{ model: string }>({
  name: 'inspect',
  summary: 'Show the layers, units and operators of a model, and what stands in the way of its gradients.',
  examples: ['inspect examples/demo/model.onnx', 'inspect net.onnx --json'],
  options: {
    model: { argument: 'MODEL', doc: 'An ONNX file, or s3://bucket/key.', parse: text },
  },
  run: async ({ options, out, world, signal }) => {
    const report = await world.readModel(absoluteLocation(options.model, world.cwd), signal);
    const { facts, content, ...rest } = report;
    const units = facts.layers.reduce((sum, layer) => sum + layer.units, 0);
    out.document({ ...facts, units, ...rest }, () => lines(report, units));
  },
});

function lines(report: ModelReport, units: number): readonly string[] {
  const { facts } = report;
  return [
    `model      ${facts.name}, ${bytes(facts.bytes)}, sha256 ${facts.sha256}`,
    `made by    ${report.producer === '' ? 'not stated' : report.producer}, opset ${report.opset}, ${counted(report.parameters, 'parameter')}`,
    `input      ${facts.input.name} [${facts.input.shape.join(', ')}]`,
    `operators  ${report.operators.map(({ op, count: times }) => `${op} ×${times}`).join(', ')}`,
    `layers     ${count(facts.layers.length)} with ${counted(units, 'unit')}`,
    '',
    ...table(['layer', 'op', 'site', 'units', 'shape', 'MMACs', 'gradient'], facts.layers.map((layer) => [
      layer.id, layer.op, layer.site, layer.units, layer.shape.join('×'), Number(layer.megaMacs.toFixed(1)),
      layer.blocked === undefined ? 'yes' : `no: ${layer.blocked.code}`,
    ])),
    ...(report.blocks.length === 0 ? [] : ['', 'not differentiable:']),
    ...report.blocks.flatMap((block) => [
      `  ${block.code}: ${block.message}`,
      `    blocks ${counted(block.layers.length, 'layer')}: ${block.layers.join(', ')}`,
      `    ${block.help}`,
    ]),
  ];
}
