import { createHash } from 'node:crypto';
import type { BlobStore } from '@neuron-atlas/blobs';
import { isAtlasError } from '@neuron-atlas/errors';
import { decodePicture, indexDataset, locateDataset, openDataset } from '@neuron-atlas/exemplars/node';
import type { PicturesSpec, Preprocess } from '@neuron-atlas/spec';
import { heldPictures, type PictureSet } from '@neuron-atlas/training';
import { absoluteLocation } from '../location.js';
import type { World } from '../world.js';

export interface PicturesWanted {
  readonly spec: PicturesSpec;
  /** Folder that paths in the spec are relative to. */
  readonly folder: string;
  readonly size: number;
  readonly preprocess: Preprocess;
  readonly signal: AbortSignal;
}

export interface TrainingPictures {
  readonly pictures: PictureSet;
  /** Names their content: the drawing program with its seed, or the list of the data set. */
  readonly content: string;
  /** Files of the data set that are no pictures, by id, each with what is wrong. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** Reads or draws the pictures of a training, all of one size, into memory. Errors: those of the data set, TRAINING_TOO_MANY_PIXELS. */
export async function trainingPictures(world: Pick<World, 'openStore' | 'drawPictures'>, wanted: PicturesWanted): Promise<TrainingPictures> {
  const { source } = wanted.spec;
  return 'drawn' in source ? drawn(world, source, wanted) : fromDataset(world, source, wanted);
}

async function drawn(world: Pick<World, 'drawPictures'>, { drawn: name, seed }: { readonly drawn: 'demo'; readonly seed: number }, { spec, size, signal }: PicturesWanted): Promise<TrainingPictures> {
  const draw = await world.drawPictures(name);
  const count = spec.count ?? 0;
  async function* all(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index++) {
      // Drawing is work for this thread alone: Ctrl-C gets its turn here.
      if (index % 256 === 0) await new Promise((resolve) => { setTimeout(resolve, 0); });
      signal.throwIfAborted();
      yield draw(seed, index, size);
    }
  }
  return { pictures: await heldPictures(all(), { count, size, channels: 3 }), content: `${name}/${seed}`, skipped: [] };
}

async function fromDataset(world: Pick<World, 'openStore'>, source: { readonly path: string; readonly format?: string | undefined; readonly image?: string | undefined }, wanted: PicturesWanted): Promise<TrainingPictures> {
  const { spec, size, preprocess, signal } = wanted;
  const { folder, files } = await locateDataset(absoluteLocation(source.path, wanted.folder), (url) => world.openStore(url), signal);
  const store = await world.openStore(folder);
  const list = listInMemory();
  const index = await indexDataset(store, list, { ...source, files }, sha256, signal);
  const dataset = await openDataset(store, list, index, sha256, signal);
  const count = Math.min(spec.count ?? dataset.samples, dataset.samples);
  // The share of the picture that the network's own crop shows, whatever the size.
  const resize = preprocess.resize === undefined || preprocess.crop === undefined ? undefined : Math.round((size * preprocess.resize) / preprocess.crop);
  const skipped: { id: string; reason: string }[] = [];
  const channels = preprocess.color === 'L' ? 1 : 3;
  async function* all(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < count; at++) {
      const sample = await dataset.at(Math.floor((at * dataset.samples) / count), signal);
      try {
        const { input } = await decodePicture(await sample.read(signal), sample.id, { preprocess: { color: preprocess.color, ...(resize === undefined ? {} : { resize }) }, input: { width: size, height: size } });
        yield input.data;
      } catch (error) {
        if (!isAtlasError(error) || error.code !== 'EXEMPLARS_BAD_PICTURE') throw error;
        skipped.push({ id: sample.id, reason: error.message });
      }
    }
  }
  return { pictures: await heldPictures(all(), { count, size, channels }), content: index.sha256, skipped };
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** A place for the list of a data set that nobody else reads. */
function listInMemory(): Pick<BlobStore, 'put' | 'get'> {
  const held = new Map<string, Uint8Array>();
  return {
    put: async (key, data) => { held.set(key, data); return 'written'; },
    get: async (key) => held.get(key)!,
  };
}
