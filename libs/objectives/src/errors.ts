import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('OBJECTIVES', {
  wrongRank: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string; tensor: string; shape: readonly number[]; needs: string }) => `objective ${d.objective} cannot read ${d.tensor} of shape [${d.shape.join(', ')}]: it needs ${d.needs}`,
    help: 'choose an objective that fits the layer, or other layers',
  },
  noSuchChannel: {
    grpc: 'OUT_OF_RANGE',
    message: (d: { objective: string; channel: number; channels: number; tensor: string }) => `objective ${d.objective} names channel ${d.channel}, ${d.tensor} has ${d.channels}`,
    help: 'name channels of the layer, counted from 0; or sweep only layers that have them',
  },
  badFormula: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { formula: string; rest: string; wanted: string }) => `"${d.formula}" is no formula of objectives: expected ${d.wanted} ${d.rest === '' ? 'at its end' : `at "${d.rest}"`}`,
    help: 'write sums and products of objectives and numbers, such as channel - 0.5 * layer; a minus has a space before it, texts of params have quotes',
  },
  onePicture: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string }) => `objective ${d.objective} compares the pictures of a unit, and there is one alone`,
    help: 'give the view two seeds or more',
  },
  outside: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string; tensor: string; y: number; x: number; shape: readonly number[] }) => `position (${d.y}, ${d.x}) of objective ${d.objective} lies outside ${d.tensor} of shape [${d.shape.join(', ')}]`,
    help: 'give a position within the map, or -1 for its centre',
  },
});
