import { defineErrors } from '@neuron-atlas/errors';

/** One thing that is wrong in a spec file. Line and column count from 1. */
export interface SpecProblem {
  readonly line: number;
  readonly column: number;
  /** Path of the field, e.g. `views.synthesis[0].steps`; empty for the file as a whole. */
  readonly field: string;
  readonly problem: string;
}

/** As they stand in the file. */
export const inOrder = (problems: readonly SpecProblem[]): SpecProblem[] => [...problems].sort((a, b) => a.line - b.line || a.column - b.column);

interface InFile {
  readonly path: string;
  readonly problems: readonly SpecProblem[];
}

const lines = (d: InFile): string => d.problems
  .map((p) => `${d.path}:${p.line}:${p.column}: ${p.field === '' ? '' : `${p.field}: `}${p.problem}`)
  .join('\n  ');
const nearBy = (near: readonly string[]): string => (near.length === 0 ? '' : `; near: ${near.join(', ')}`);

export const errors = defineErrors('SPEC', {
  syntax: {
    grpc: 'INVALID_ARGUMENT',
    message: lines,
    help: 'correct the YAML or JSON at this place',
  },
  invalid: {
    grpc: 'INVALID_ARGUMENT',
    message: lines,
    help: 'correct the fields named above; `neuron-atlas plan --schema` prints what a spec may hold',
  },
  invalidGenerator: {
    grpc: 'INVALID_ARGUMENT',
    message: lines,
    help: 'correct the fields named above; `neuron-atlas train generator --schema` prints what the spec of a training may hold',
  },
  globMatchesNothing: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { glob: string; layers: number; near: readonly string[] }) =>
      `no layer matches "${d.glob}"; the model has ${d.layers} ${d.layers === 1 ? 'layer' : 'layers'}${nearBy(d.near)}`,
    help: 'correct units.layers; `neuron-atlas inspect MODEL` lists the layers, case matters',
  },
  noLayers: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { model: string }) => `model ${d.model} has no layer with units`,
    help: 'use a model with convolutions or dense layers; `neuron-atlas inspect MODEL` shows what was found',
  },
  channelsSyntax: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { channels: string; part: string }) =>
      `"${d.part}"${d.part === d.channels ? '' : ` in "${d.channels}"`} is not a channel range`,
    help: 'write `all`, or channels and ranges with both ends inclusive, such as 0-15,31',
  },
  channelBeyondLayer: {
    grpc: 'OUT_OF_RANGE',
    message: (d: { range: string; layer: string; units: number }) =>
      `channels ${d.range} reach beyond layer ${d.layer}, which has ${d.units} ${d.units === 1 ? 'unit' : 'units'} (0${d.units > 1 ? `-${d.units - 1}` : ''})`,
    help: 'shorten units.channels, or name only layers that have these channels',
  },
  colourMismatch: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { color: string; gives: number; input: string; shape: readonly number[]; wants: number }) =>
      `preprocess.color ${d.color} gives ${d.gives} ${d.gives === 1 ? 'channel' : 'channels'}, input ${d.input} [${d.shape.join(', ')}] wants ${d.wants}`,
    help: 'set model.preprocess.color: RGB or BGR for three channels, L for one, bands for any other number',
  },
  bandsMismatch: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { field: string; given: string; input: string; shape: readonly number[]; wants: number }) =>
      `preprocess.${d.field} gives ${d.given}, input ${d.input} [${d.shape.join(', ')}] has ${d.wants} bands`,
    help: 'give mean and std one number for all bands or one for each, and show bands from 1 to the last',
  },
  notCanonical: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { value: string; field: string }) => `${d.value} at ${d.field} has no canonical form`,
    help: 'give finite numbers, strings, booleans, null, lists and plain objects',
  },
});
