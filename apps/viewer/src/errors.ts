import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('VIEWER', {
  notFound: {
    grpc: 'NOT_FOUND',
    message: (d: { url: string }) => `${d.url} is not there`,
    help: 'check that the whole atlas was copied; an atlas that is still being written gets the file later',
  },
  refused: {
    grpc: 'PERMISSION_DENIED',
    message: (d: { url: string; status: number }) => `the server answered ${d.status} for ${d.url}`,
    help: 'check that the files may be read by this page: their permissions, and the CORS rules of a bucket',
  },
  unreachable: {
    grpc: 'UNAVAILABLE',
    message: (d: { url: string; reason: string }) => `${d.url} could not be read: ${d.reason}`,
    help: 'check the connection, or start `neuron-atlas view` again, then reload',
  },
  unknownUnit: {
    grpc: 'NOT_FOUND',
    message: (d: { layer: string; unit: number; units: number }) => `the atlas has no unit ${d.layer}/${d.unit}: the layer has ${d.units} channels, of which a part may have been swept`,
    help: 'choose one of the units on the page of the layer',
  },
  noModel: {
    grpc: 'NOT_FOUND',
    message: () => 'the model is not published with this atlas',
    help: 'copy its folder model/ beside index.json, or open the atlas where it was made with `neuron-atlas view`',
  },
  modelOutside: {
    grpc: 'FAILED_PRECONDITION',
    message: () => 'the weights of the model lie in a file beside it, as those of models beyond 2 GB do: more than a page can load',
    help: 'make new pictures with a sweep: `neuron-atlas run` on a machine with the memory for it',
  },
  noColours: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { channels: number }) => `the model takes ${d.channels} bands, and a picture has colours`,
    help: 'look at the units of the atlas; pictures can be asked of models of 1 or 3 channels',
  },
  workerFailed: {
    grpc: 'INTERNAL',
    message: (d: { reason: string }) => `the computation in the page failed: ${d.reason}`,
    help: 'try another view or fewer steps; a browser without WebAssembly SIMD cannot run it',
  },
});
