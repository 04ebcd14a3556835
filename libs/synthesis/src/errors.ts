import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('SYNTHESIS', {
  providerUnavailable: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { provider: string; available: readonly string[]; reason: string }) =>
      `the execution provider ${d.provider} does not start: ${d.reason}; there is: ${d.available.join(', ')}`,
    help: 'choose one that is there, or auto; cuda needs onnxruntime-node installed with its CUDA files, and a driver',
  },
  loadFailed: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { provider: string; reason: string }) => `the runtime does not load the graph on ${d.provider}: ${d.reason}`,
    help: 'check the model with neuron-atlas inspect; the operator or node that the runtime names is the place to look',
  },
  runFailed: {
    grpc: 'INTERNAL',
    message: (d: { provider: string; reason: string }) => `the runtime stopped while running the graph on ${d.provider}: ${d.reason}`,
    help: 'run it again on the cpu provider; if that fails too, the node that the runtime names is the place to look',
  },
  outOfMemory: {
    grpc: 'RESOURCE_EXHAUSTED',
    message: (d: { provider: string; reason: string }) => `no memory is left on ${d.provider}: ${d.reason}`,
    help: 'use a smaller batch or a smaller image, or a machine with more memory',
  },
  feedMismatch: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { missing: readonly string[]; unknown: readonly string[]; inputs: readonly string[] }) =>
      `the feeds do not fit the graph: missing ${d.missing.join(', ') || 'none'}; unknown ${d.unknown.join(', ') || 'none'}; its inputs are ${d.inputs.join(', ')}`,
    help: 'feed every input of the graph by its name, and nothing else',
  },
  unknownOutput: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { unknown: readonly string[]; outputs: readonly string[] }) => `the graph has no output ${d.unknown.join(', ')}; its outputs are ${d.outputs.join(', ')}`,
    help: 'ask for outputs of the graph by name',
  },
  unsupportedDtype: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { name: string; dtype: string }) => `a tensor of ${d.dtype} (${d.name}) cannot pass to or from the runtime`,
    help: 'cast it to float32 in the graph',
  },
  sessionClosed: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { provider: string }) => `the session on ${d.provider} is closed`,
    help: 'load the graph again',
  },
  noTorus: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { node: string; op: string; reason: string }) => `the network cannot be laid on a torus: at ${d.op} ${d.node} ${d.reason}`,
    help: 'choose a canvas that every stride divides, a layer before the obstacle, or other borders',
  },
  noUnits: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { tensor: string }) => `${d.tensor} has no channel axis, so it carries no units`,
    help: 'choose a layer that neuron-atlas inspect lists',
  },
  notAnImage: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { name: string; shape: readonly number[] }) => `input ${d.name} of shape [${d.shape.join(', ')}] is not a batch of pictures [N, C, H, W]`,
    help: 'name the input that takes the picture, or export the model with its channels first',
  },
  pluginVersion: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { compiled: string; here: string }) => `the program was compiled with ${d.compiled}; here it is ${d.here}`,
    help: 'compile the program again, or install the versions of the plugins that made it',
  },
  unknownRecipe: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { name: string; known: readonly string[] }) => `no recipe is called ${d.name}; there are: ${d.known.join(', ')}`,
    help: 'name one of these, or say regularisers, transforms and optimiser one by one',
  },
  notPixels: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { regulariser: string; prior: string; others: readonly string[] }) =>
      `regulariser ${d.regulariser} changes pixels, and the latent of prior ${d.prior} is none; for any prior there are: ${d.others.join(', ')}`,
    help: 'take the prior pixels, or one of these regularisers',
  },
  noStart: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string; prior: string; others: readonly string[] }) =>
      `objective ${d.objective} starts from pictures, and prior ${d.prior} cannot start from one; these can: ${d.others.join(', ')}`,
    help: 'take one of these priors, or another objective',
  },
  badStart: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { length: number; channels: number; height: number; width: number }) => `a picture of ${d.length} values is no start for a canvas of ${d.channels} × ${d.height} × ${d.width}`,
    help: 'give pictures of the size of the program\'s canvas, f32[C, H, W] in 0..1',
  },
  pluginFailed: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { kind: string; plugin: string; detail: string }) => `${d.kind} ${d.plugin} ${d.detail}`,
    help: 'report this to the author of the plugin; checkPrior and checkObjective find such faults',
  },
  packageNotFound: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { package: string; from: string; reason: string }) => `the plugin package ${d.package} is not found from ${d.from}: ${d.reason}`,
    help: 'install it there with npm, or correct NEURON_ATLAS_PLUGINS (--plugins): names of packages, or paths of modules',
  },
  packageFailed: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { package: string; reason: string }) => `the plugin package ${d.package} does not load: ${d.reason}`,
    help: 'mend the package, or take it out of NEURON_ATLAS_PLUGINS (--plugins)',
  },
  packageInvalid: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { package: string; detail: string }) => `the plugin package ${d.package}: ${d.detail}`,
    help: 'make plugins with definePrior, defineObjective, defineRegulariser and defineTransform, and export them in lists; docs/plugins.md shows one',
  },
  noFile: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { plugin: string; param: string; value: string }) => `the file of param ${d.param} of ${d.plugin} (${d.value}) is not here`,
    help: 'give the param a file in the spec; a plan names it by its content',
  },
  canvasTooSmall: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { height: number; width: number; margin: number }) => `a model canvas of ${d.height} × ${d.width} leaves no picture within a border of ${-d.margin} pixels`,
    help: 'take a larger size, or transforms with a narrower border',
  },
  badProjection: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { tensor: string; unit: number; units: number; place: number; places: number; length: number; wanted: number }) =>
      `unit ${d.unit} at place ${d.place} of ${d.tensor}, for a picture of ${d.length} values, cannot be projected: there are ${d.units} units, ${d.places} places and ${d.wanted} values`,
    help: 'give a unit and a place of the layer, and a picture of the size of the program',
  },
  badUnits: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { units: readonly number[]; batch: number; channels: number }) =>
      `units ${d.units.join(', ') || '(none)'} do not fit a batch of ${d.batch} and a layer of ${d.channels} channels`,
    help: 'ask for one to as many units as the batch has rows, each below the number of channels',
  },
  badSeeds: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { seeds: readonly number[]; together: number }) => `seeds ${d.seeds.join(', ')} do not fit a program that makes ${d.together} pictures of a unit together`,
    help: 'give as many seeds as the view had when the program was compiled',
  },
  badPicture: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { objective: string; param: string; detail: string }) => `objective ${d.objective} cannot use the picture of its param ${d.param}: ${d.detail}`,
    help: 'name a picture in the spec; from code, give an array f32[C, H, W] in 0..1 in NumPy form',
  },
});
