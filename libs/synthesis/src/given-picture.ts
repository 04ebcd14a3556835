import type { Objective } from '@neuron-atlas/objectives';
import { tensor, type Tensor } from '@neuron-atlas/onnx';
import { readNpy, resized } from '@neuron-atlas/priors';
import { errors } from './errors.js';

/** The picture that a param of an objective names, at the size that the model sees: f32[1, C, H, W] in 0..1. SYNTHESIS_BAD_PICTURE where it is none of so many channels. */
export function givenPicture({ name }: Pick<Objective, 'name'>, param: string, content: Uint8Array, { channels, height, width }: { readonly channels: number; readonly height: number; readonly width: number }): Tensor {
  const found = readNpy(content);
  const [c, h, w] = found?.shape ?? [];
  if (found === undefined || found.shape.length !== 3 || c !== channels) {
    throw errors.badPicture({ objective: name, param, detail: found === undefined ? 'it is no NumPy array of floats' : `its shape is [${found.shape.join(', ')}], wanted [${channels}, H, W]` });
  }
  return tensor('f32', [1, channels, height, width], resized(found.data, [c, h!, w!], height, width));
}
