import { defineErrors } from '@neuron-atlas/errors';

const nearBy = (near: readonly string[]): string => (near.length === 0 ? '' : `; near: ${near.join(', ')}`);

export const errors = defineErrors('CLI', {
  usage: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { problem: string; command: string }) => d.problem,
    help: 'run the command with --help to see what it takes',
  },
  doctorFound: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { checks: readonly string[] }) => `something is wrong with: ${d.checks.join(', ')}`,
    help: 'each line marked !! says what to do',
  },
  fileNotFound: {
    grpc: 'NOT_FOUND',
    message: (d: { what: string; path: string }) => `there is no ${d.what} at ${d.path}`,
    help: 'check the path; that of a model in a spec is relative to the folder of the spec',
  },
  notAPicture: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { path: string; reason: string }) => `${d.path} is no picture that can be read: ${d.reason}`,
    help: 'give a JPEG, PNG or WebP, or a NumPy array f32[C, H, W] of values from 0 to 1',
  },
  fileUnreadable: {
    grpc: 'PERMISSION_DENIED',
    message: (d: { what: string; path: string; reason: string }) => `cannot read the ${d.what} at ${d.path}: ${d.reason}`,
    help: 'check that it is a file and that you may read it',
  },
  fileUnwritable: {
    grpc: 'PERMISSION_DENIED',
    message: (d: { path: string; reason: string }) => `cannot write ${d.path}: ${d.reason}`,
    help: 'choose a place that you may write',
  },
  pageNotBuilt: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { path: string }) => `the page of the viewer is not built: there is no ${d.path}`,
    help: 'run `npm run setup` in the folder of the project',
  },
  portTaken: {
    grpc: 'UNAVAILABLE',
    message: (d: { port: number }) => `port ${d.port} on 127.0.0.1 is taken`,
    help: 'name another with --port, or 0 for any that is free',
  },
  fileExists: {
    grpc: 'ALREADY_EXISTS',
    message: (d: { path: string }) => `${d.path} is there already`,
    help: 'name another file with --out, or remove it first: nothing is written over',
  },
  demoMissing: {
    grpc: 'NOT_FOUND',
    message: (d: { path: string; above: string }) => `there is no ${d.path} in any folder above ${d.above}`,
    help: 'run the demo from a clone of the project',
  },
  noImageInput: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { model: string; inputs: readonly string[] }) => `model ${d.model} has no input for pictures, [N, C, H, W]; its inputs: ${d.inputs.join(', ')}`,
    help: 'use a model of images, exported with the batch first and the channels second',
  },
  nothingToSweep: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { layers: number; code: string; message: string }) =>
      `no gradient reaches any of the ${d.layers} layers: ${d.code}: ${d.message}`,
    help: 'run `neuron-atlas inspect MODEL` to see which operators block which layers',
  },
  layersBlocked: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { code: string; message: string; layers: readonly string[] }) =>
      `${d.code}: ${d.message}; it blocks ${d.layers.length === 1 ? 'layer' : `${d.layers.length} layers:`} ${d.layers.join(', ')}`,
    help: 'the other layers were swept; leave these layers out with units.layers, or export the model without this operator',
  },
  coordinatorUnreachable: {
    grpc: 'UNAVAILABLE',
    message: (d: { address: string; reason: string }) => `no coordinator answers at ${d.address}: ${d.reason}`,
    help: 'start one with `neuron-atlas up`, or name another with --coordinator or NEURON_ATLAS_COORDINATOR',
  },
  processDied: {
    grpc: 'UNAVAILABLE',
    message: (d: { process: string; how: string; log: string; lastLines: readonly string[] }) =>
      `the ${d.process} ended unexpectedly (${d.how})${d.lastLines.length === 0 ? '' : `; its last lines: ${d.lastLines.join(' | ')}`}; log: ${d.log}`,
    help: 'run the same command again: it resumes, nothing that was committed is lost',
  },
  processSilent: {
    grpc: 'DEADLINE_EXCEEDED',
    message: (d: { process: string; seconds: number; log: string }) => `the ${d.process} was not ready after ${d.seconds} s; log: ${d.log}`,
    help: 'read its log, then run the same command again',
  },
  sweepFailed: {
    grpc: 'ABORTED',
    message: (d: { sweep: string; quarantined: number; first: string }) =>
      `sweep ${d.sweep} failed: ${d.quarantined} ${d.quarantined === 1 ? 'shard' : 'shards'} in quarantine${d.first === '' ? '' : `; the first: ${d.first}`}`,
    help: 'run `neuron-atlas quarantine` for the reasons; after the cause is gone, run again, or `neuron-atlas retry ID`',
  },
  sweepCancelled: {
    grpc: 'CANCELLED',
    message: (d: { sweep: string }) => `sweep ${d.sweep} was cancelled`,
    help: 'submit it again to start anew',
  },
  interrupted: {
    grpc: 'CANCELLED',
    message: (d: { what: string }) => `${d.what} was stopped`,
    help: 'run the same command again: it resumes',
  },
  datasetChanged: {
    grpc: 'ABORTED',
    message: (d: { path: string; before: number; now: number }) => `${d.path} has changed while the sweep was planned: it had ${d.before} pictures, now ${d.now}`,
    help: 'run the command again when nothing writes to the data set',
  },
  badUnit: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { unit: string }) => `"${d.unit}" is not a unit`,
    help: 'write LAYER/INDEX, such as conv1/12; `neuron-atlas unit ATLAS` lists the layers',
  },
  unknownLayer: {
    grpc: 'NOT_FOUND',
    message: (d: { layer: string; atlas: string; near: readonly string[] }) => `the atlas ${d.atlas} has no layer ${d.layer}${nearBy(d.near)}`,
    help: 'name a layer of the atlas; case matters',
  },
  unknownCode: {
    grpc: 'NOT_FOUND',
    message: (d: { layer: string; model: string; near: readonly string[] }) => `model ${d.model} has no layer or tensor ${d.layer}${nearBy(d.near)}`,
    help: 'name a layer as `neuron-atlas inspect MODEL` lists it, or a tensor of the file; case matters',
  },
  colourMismatch: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { color: string; gives: number; model: string; wants: number }) => `encoder.preprocess.color ${d.color} gives ${d.gives} ${d.gives === 1 ? 'channel' : 'channels'}, model ${d.model} wants ${d.wants}`,
    help: 'set encoder.preprocess.color: RGB or BGR for three channels, L for one',
  },
  otherTraining: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { output: string; name: string }) => `${d.output} holds another training, ${d.name}: its encoder, pictures or recipe differ`,
    help: 'write to another folder with --output, or delete this one',
  },
  codeMisfit: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { generator: string; takes: readonly (number | string | null | undefined)[]; layer: string; shape: readonly number[] }) =>
      `the generator ${d.generator} takes [${d.takes.map((dim) => dim ?? '?').join(', ')}], codes of ${d.layer} are [N, ${d.shape.join(', ')}]`,
    help: 'name the layer that the generator was trained on in encoder.code, or another generator',
  },
  notAMap: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { layer: string }) => `layer ${d.layer} has no map of places that see a window of the picture each`,
    help: 'choose a layer for which neuron-atlas inspect shows a window, such as 29×29 /4',
  },
  badCanvas: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { size: number; step: number; layer: string }) => `a canvas of ${d.size} pixels is no whole number of strides of ${d.step} pixels of layer ${d.layer}, as a torus needs`,
    help: 'give sizes that the stride of the layer divides',
  },
  badAtlas: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { output: string; reason: string }) => `atlas.json in ${d.output} cannot be read, so that nobody knows which objects it refers to: ${d.reason}`,
    help: 'nothing was removed; publish the atlas again (neuron-atlas retry), or remove atlas.json by hand',
  },
  gradientsDisagree: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { layers: readonly string[]; of: string }) => `the gradient disagrees with a difference at ${d.layers.length} of ${d.of}: ${d.layers.slice(0, 8).join(', ')}`,
    help: 'report the model, and the operators named before the first of these layers; leave the layers out until then',
  },
  unknownUnit: {
    grpc: 'NOT_FOUND',
    message: (d: { layer: string; unit: number; units: number }) => `layer ${d.layer} of the atlas has no unit ${d.unit}; it has ${d.units}`,
    help: 'name a unit that was swept',
  },
  noPicture: {
    grpc: 'NOT_FOUND',
    message: (d: { layer: string; unit: number }) => `the atlas has no picture of unit ${d.layer}/${d.unit}`,
    help: 'sweep this unit with a synthesis view',
  },
});
