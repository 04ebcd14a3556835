import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('ATLAS', {
  badRow: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { table: string; row: number; field: string; problem: string }) =>
      `row ${d.row} of the ${d.table} table: ${d.field} ${d.problem}`,
    help: 'report this: the program that made the row does not keep to the format',
  },
  badFile: {
    grpc: 'DATA_LOSS',
    message: (d: { path: string; problem: string }) => `${d.path} is damaged or not one of an atlas: ${d.problem}`,
    help: 'run the sweep again into the same output, or copy the file again from where it came',
  },
  badManifest: {
    grpc: 'DATA_LOSS',
    message: (d: { field: string; problem: string }) => `atlas.json is damaged or not one of an atlas: ${d.field} ${d.problem}`,
    help: 'run the sweep again into the same output: atlas.json is written last, from what is there',
  },
  unknownVersion: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { version: number; known: number }) => `atlas.json has version ${d.version}, this program reads version ${d.known}`,
    help: 'use the neuron-atlas that wrote this atlas; an older atlas is made anew by running its sweep again into the same output',
  },
  unknownLayer: {
    grpc: 'NOT_FOUND',
    message: (d: { layer: string; near: string }) => `the atlas has no layer ${d.layer}; it has: ${d.near}`,
    help: 'name one of its layers',
  },
  unknownUnit: {
    grpc: 'NOT_FOUND',
    message: (d: { layer: string; unit: number; units: number }) =>
      `the atlas has no unit ${d.layer}/${d.unit}: it has ${d.units} units of this layer`,
    help: 'name a unit that was swept',
  },
  unitTwice: {
    grpc: 'DATA_LOSS',
    message: (d: { layer: string; unit: number; what: string; path: string }) =>
      `unit ${d.layer}/${d.unit} is there twice (${d.what}), the second time in ${d.path}`,
    help: 'report this with the files: a unit has exactly one row for each view and seed',
  },
  unitMissing: {
    grpc: 'DATA_LOSS',
    message: (d: { layer: string; unit: number; what: string }) => `unit ${d.layer}/${d.unit} is missing (${d.what})`,
    help: 'run the sweep again into the same output: it does what is missing',
  },
  unplannedUnit: {
    grpc: 'DATA_LOSS',
    message: (d: { layer: string; unit: number; what: string; path: string }) =>
      `${d.path} has unit ${d.layer}/${d.unit} (${d.what}), which the plan does not have`,
    help: 'report this with the file: results of another plan must not come into this one',
  },
  unplannedLayer: {
    grpc: 'DATA_LOSS',
    message: (d: { layer: string; path: string }) => `${d.path} is of layer ${d.layer}, which the plan does not have`,
    help: 'report this with the file: results of another plan must not come into this one',
  },
  noAtlas: {
    grpc: 'NOT_FOUND',
    message: () => 'there is no atlas.json here',
    help: 'name the output of a sweep that has ended: atlas.json is written last',
  },
  wrongSize: {
    grpc: 'DATA_LOSS',
    message: (d: { path: string; bytes: number; found: number }) => `${d.path} has ${d.found} bytes, atlas.json says ${d.bytes}`,
    help: 'copy the file again from where it came, or run the sweep again into the same output',
  },
  wrongContent: {
    grpc: 'DATA_LOSS',
    message: (d: { path: string; sha256: string; found: string }) => `${d.path} has the sha256 ${d.found}, atlas.json says ${d.sha256}`,
    help: 'copy the file again from where it came, or run the sweep again into the same output',
  },
  wrongRows: {
    grpc: 'DATA_LOSS',
    message: (d: { path: string; rows: number; found: number }) => `${d.path} has ${d.found} rows, its manifest says ${d.rows}`,
    help: 'copy the file again from where it came, or run the sweep again into the same output',
  },
  fileMissing: {
    grpc: 'DATA_LOSS',
    message: (d: { path: string }) => `${d.path} is not there, atlas.json names it`,
    help: 'copy the whole atlas, or run the sweep again into the same output',
  },
  sameLayerTwice: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { layer: string }) => `the plan has layer ${d.layer} twice`,
    help: 'give every layer its own id',
  },
});
