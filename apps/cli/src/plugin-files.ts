import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { isFormula, parseFormula, printFormula, termsOf, withTerms } from '@neuron-atlas/objectives';
import { readNpy, writeNpy } from '@neuron-atlas/priors';
import { colourChannels, type PartChoice, type SweepSpec, type SynthesisView } from '@neuron-atlas/spec';
import { builtinPlugins, type Plugins } from '@neuron-atlas/synthesis';
import { errors } from './errors.js';
import { absoluteLocation } from './location.js';
import type { World } from './world.js';

/** A spec whose params name files by content, and the files. */
export interface ResolvedFiles {
  readonly spec: SweepSpec;
  /** By `sha256:<hex>`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads what params name as files, relative to the spec, and puts `sha256:<hex>` of the content in their places: the same
 * plan then means the same pictures on every machine. Pictures become arrays of floats (`.npy`), of 1 or 3 channels as the
 * model takes them; arrays stay what they are, with as many channels as they have. Errors: CLI_FILE_NOT_FOUND, CLI_FILE_UNREADABLE, CLI_NOT_A_PICTURE.
 */
export async function resolveFiles(spec: SweepSpec, specFile: string, world: Pick<World, 'readBytes'>, plugins: Plugins = builtinPlugins): Promise<ResolvedFiles> {
  const files = new Map<string, Uint8Array>();
  const channels = colourChannels(spec.model.preprocess.color);
  type Known = { readonly name: string; readonly params: Readonly<Record<string, { readonly file?: 'bytes' | 'picture' | undefined }>> };
  const settle = async (kind: string, known: readonly Known[], { name, params }: PartChoice): Promise<PartChoice> => {
    const declared = known.find((plugin) => plugin.name === name)?.params ?? {};
    const settled = await Promise.all(Object.entries(params).map(async ([param, value]): Promise<[string, number | string]> => {
      const as = declared[param]?.file;
      if (as === undefined || typeof value !== 'string' || value === '' || /^sha256:[0-9a-f]{64}$/.test(value)) return [param, value];
      const path = absoluteLocation(value, dirname(specFile));
      const bytes = await world.readBytes(path, `file of ${param} of ${kind} ${name}`);
      const content = as === 'picture' ? await pictureArray(bytes, path, channels) : bytes;
      const named = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      files.set(named, content);
      return [param, named];
    }));
    return { name, params: Object.fromEntries(settled) };
  };
  const each = async (kind: string, known: readonly Known[], choices: readonly PartChoice[] | undefined): Promise<readonly PartChoice[] | undefined> =>
    choices && Promise.all(choices.map((choice) => settle(kind, known, choice)));
  const synthesis = await Promise.all(spec.views.synthesis.map(async (view): Promise<SynthesisView> => {
    const prior = await settle('prior', plugins.priors.all, { name: view.prior, params: view.priorParams });
    const objectives = (choice: PartChoice): Promise<PartChoice> => settle('objective', plugins.objectives.all, choice);
    const formula = plugins.objectives.all.some(({ name }) => name === view.objective) || !isFormula(view.objective) ? undefined : parseFormula(view.objective);
    const objective = formula === undefined ? await objectives({ name: view.objective, params: view.objectiveParams })
      : { name: printFormula(withTerms(formula, await Promise.all(termsOf(formula).map(async (term) => ({ ...term, ...(await objectives(term)) }))))), params: {} };
    const parts = {
      regularisers: await each('regulariser', plugins.regularisers.all, view.regularisers),
      transforms: await each('transform', plugins.transforms.all, view.transforms),
    };
    return { ...view, priorParams: prior.params, objective: objective.name, objectiveParams: objective.params, ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) };
  }));
  return { spec: { ...spec, views: { ...spec.views, synthesis } }, files };
}

async function pictureArray(bytes: Uint8Array, path: string, channels: 1 | 3 | undefined): Promise<Uint8Array> {
  const array = readNpy(bytes);
  if (array !== undefined) return writeNpy(array);
  if (channels === undefined) throw errors.notAPicture({ path, reason: 'the model takes bands, of which files of pictures have none' });
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(bytes).rotate().removeAlpha().toColourspace(channels === 1 ? 'b-w' : 'srgb').raw().toBuffer({ resolveWithObject: true });
    const plane = info.width * info.height;
    return writeNpy({ shape: [channels, info.height, info.width], data: Float32Array.from({ length: channels * plane }, (_, i) => data[(i % plane) * info.channels + Math.floor(i / plane)]! / 255) });
  } catch (cause) {
    throw errors.notAPicture({ path, reason: (cause as Error).message }, cause);
  }
}
