import { isAtlasError } from '@neuron-atlas/errors';
import { findLayers, readModel, upgradeOpset, type Model, type Runtime } from '@neuron-atlas/onnx';
import { builtinObjectives } from '@neuron-atlas/objectives';
import { builtinPriors, coloursOf } from '@neuron-atlas/priors';
import type { Preprocess } from '@neuron-atlas/spec';
import { compileProgram, openProgram, openResponses, shownPicture } from '@neuron-atlas/synthesis';
import { createWebRuntime, type WebProvider } from '@neuron-atlas/synthesis/web';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import webgpuUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import { errors } from '../errors.js';
import type { Answer, Ask, ClimbSettings, Question, Shown, Told } from './protocol.js';

// The compiler of ascents and onnxruntime-web, beside the page: a run on WebAssembly blocks its thread.

type Tell = (told: Told) => void;
let known: { readonly url: string; readonly model: Model; readonly sha256: string } | undefined;
const runtimes = new Map<WebProvider, Promise<Runtime>>();

addEventListener('message', ({ data: { id, ask } }: MessageEvent<Question>) => {
  const tell: Tell = (told) => postMessage({ id, told } satisfies Answer);
  answer(ask, tell).catch((error: unknown) => {
    const { code, message, help } = isAtlasError(error) ? error : errors.workerFailed({ reason: error instanceof Error ? error.message : String(error) });
    tell({ kind: 'failed', code, message, help });
  });
});

async function answer(ask: Ask, tell: Tell): Promise<void> {
  switch (ask.kind) {
    case 'plugins': return tell({ kind: 'plugins', priors: builtinPriors.map(({ name }) => name), objectives: builtinObjectives.map(({ name }) => name) });
    case 'climb': return climb(ask.model, ask.provider, ask.settings, tell);
    case 'respond': {
      const [{ model }, runtime] = [await modelAt(ask.model, tell), await runtimeOf('wasm')];
      tell({ kind: 'phase', words: 'Asking the network' });
      const layers = findLayers(model);
      await using reader = await openResponses({ model, input: imageInput(model), preprocess: ask.preprocess as Preprocess, tensors: layers.map(({ tensor }) => tensor), runtime });
      const responses = await reader.read(pixelsOf(ask.picture, reader));
      return tell({ kind: 'responded', responses: new Map(layers.flatMap(({ id, tensor }) => { const found = responses.get(tensor); return found === undefined ? [] : [[id, found] as const]; })) });
    }
  }
}

async function climb(url: string, provider: WebProvider, settings: ClimbSettings, tell: Tell): Promise<void> {
  const { unit, seed, steps, tensor, input } = settings;
  const begun = performance.now();
  const { model, sha256 } = await modelAt(url, tell);
  tell({ kind: 'phase', words: 'Compiling the ascent' });
  const runtime = await runtimeOf(provider);
  const program = await compileProgram({
    model, modelSha256: sha256, tensor, runtime, input, preprocess: settings.preprocess as Preprocess,
    view: {
      prior: settings.prior, priorParams: settings.priorParams, objective: settings.objective, objectiveParams: settings.objectiveParams,
      ...settings.rest, steps, size: settings.size, seeds: [seed], batch: 1,
    },
  });
  tell({ kind: 'phase', words: 'Climbing' });
  await using ascender = await openProgram(runtime, program);
  const { channels, height, width } = ascender.meta;
  const { show } = settings.preprocess as Preprocess;
  const shown = (image: Float32Array): Shown => {
    const made = shownPicture({ image, channels, height, width }, coloursOf(ascender.meta.canvas), show);
    return { picture: made.image, shape: [made.channels, made.height, made.width] };
  };
  const [ascent] = await ascender.run({
    units: [unit], seed, steps, chunk: 4,
    onPictures: (done, pictures, scores) => tell({ kind: 'step', done, score: scores[0]!, ...shown(pictures.slice(0, channels * height * width)) }),
  });
  tell({ kind: 'climbed', scoreStart: ascent!.scoreStart, score: ascent!.score, trace: ascent!.trace, ...shown(ascent!.image), seconds: (performance.now() - begun) / 1000 });
}

async function modelAt(url: string, tell: Tell): Promise<{ readonly model: Model; readonly sha256: string }> {
  if (known?.url === url) return known;
  tell({ kind: 'phase', words: 'Fetching the model' });
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status} for the model`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const sha256 = /([0-9a-f]{64})\.onnx$/.exec(new URL(url).pathname)?.[1] ?? '';
  known = { url, model: upgradeOpset(readModel(bytes, { external: () => { throw errors.modelOutside({}); } })), sha256 };
  return known;
}

function runtimeOf(provider: WebProvider): Promise<Runtime> {
  const made = runtimes.get(provider) ?? createWebRuntime({ provider, wasm: new URL(provider === 'webgpu' ? webgpuUrl : wasmUrl, import.meta.url).href });
  runtimes.set(provider, made);
  made.catch(() => runtimes.delete(provider));
  return made;
}

/** The input that takes pictures; where the file leaves sizes open, those that most models of images have. */
function imageInput(model: Model): ClimbSettings['input'] {
  const input = model.graph.inputs.find(({ shape }) => shape?.length === 4);
  if (input?.shape === undefined) throw new Error('the model has no input for pictures');
  const usual = [1, 3, 224, 224];
  return { name: input.name, shape: input.shape.map((dim, i) => (typeof dim === 'number' && dim > 0 ? dim : usual[i]!)) };
}

/** The middle of a picture at the model's size, f32[C, H, W] in 0..1. VIEWER_NO_COLOURS. */
function pixelsOf(picture: ImageBitmap, { channels, height, width }: { readonly channels: number; readonly height: number; readonly width: number }): Float32Array {
  if (channels !== 1 && channels !== 3) throw errors.noColours({ channels });
  const canvas = new OffscreenCanvas(width, height);
  const draw = canvas.getContext('2d', { willReadFrequently: true })!;
  const scale = Math.max(width / picture.width, height / picture.height);
  draw.imageSmoothingQuality = 'high';
  draw.drawImage(picture, (width - picture.width * scale) / 2, (height - picture.height * scale) / 2, picture.width * scale, picture.height * scale);
  const { data } = draw.getImageData(0, 0, width, height);
  const plane = height * width;
  return Float32Array.from({ length: channels * plane }, (_, i) => {
    const at = (i % plane) * 4;
    return (channels === 1 ? 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]! : data[at + Math.floor(i / plane)]!) / 255;
  });
}
