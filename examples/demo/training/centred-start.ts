import { tensor, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import { convolutionNames, modelFile } from '../model.js';

/**
 * Weights scaled and biases moved so that, over these pictures, each unit of each convolution has mean 0 and variance 1
 * before its Relu (after Mishkin and Matas 2016).
 *
 * Every unit then starts by answering to about half of what it sees: none begins dead, and no layer begins too loud.
 */
export async function centredStart(runtime: Runtime, weights: ReadonlyMap<string, Tensor>, image: Tensor, threads: number): Promise<ReadonlyMap<string, Tensor>> {
  const centred = new Map(weights);
  for (const name of convolutionNames) {
    await using session = await runtime.load(modelFile(centred, [name]), { threads });
    const { [name]: answers } = await session.run({ image }, [name]);
    const moments = momentsOf(answers!);
    const scale = (parameter: string, change: (value: number, unit: number) => number): void => {
      const { shape, data } = centred.get(parameter)!;
      const size = data.length / shape[0]!;
      centred.set(parameter, tensor('f32', shape, (data as Float32Array).map((value, i) => change(value, Math.floor(i / size)))));
    };
    scale(`${name}.weight`, (value, unit) => value / moments[unit]!.deviation);
    scale(`${name}.bias`, (value, unit) => (value - moments[unit]!.mean) / moments[unit]!.deviation);
  }
  return centred;
}

/** Of each unit of f32[N, C, H, W] over pictures and places. */
function momentsOf({ shape, data }: Tensor): readonly { readonly mean: number; readonly deviation: number }[] {
  const [rows, units, height, width] = shape as [number, number, number, number];
  const area = height * width;
  return Array.from({ length: units }, (_, unit) => {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const start = (row * units + unit) * area;
      for (const value of (data as Float32Array).subarray(start, start + area)) [sum, squares] = [sum + value, squares + value * value];
    }
    const mean = sum / (rows * area);
    return { mean, deviation: Math.sqrt(squares / (rows * area) - mean * mean) };
  });
}
