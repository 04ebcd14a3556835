import type { ModelSpec } from '../spec.js';

/** The spec of a generator's training after parsing: every default filled in, every field checked. Paths are as written. */
export interface GeneratorSpec {
  readonly name: string;
  readonly encoder: ModelSpec & {
    readonly code: string;
    /** The layers in which a picture and its reconstruction are to be alike, each once, with its weight in their mean. */
    readonly comparators: readonly { readonly layer: string; readonly weight: number }[];
    /** Where the network gives its classes; `none`: nowhere; absent: its first output, if that is one row a picture. */
    readonly answers?: string | undefined;
    readonly groups?: readonly number[] | undefined;
  };
  readonly pictures: PicturesSpec;
  /** Side of the made pictures in pixels. */
  readonly size: number;
  readonly width: number;
  readonly loss: { readonly image: number; readonly feature: number; readonly adversarial: number };
  readonly discriminatorRate: number;
  readonly augmentation: { readonly flip: boolean; readonly shift: number };
  readonly sigmas: number;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly warmUp: number;
  readonly every: number;
  /** Looks without a better one after which the training ends; absent: never. */
  readonly patience?: number | undefined;
  readonly seed: number;
  readonly output: string;
}

/** Where the pictures of a training come from: a data set, or a program that draws them. */
export interface PicturesSpec {
  readonly source: { readonly path: string; readonly format?: string | undefined; readonly image?: string | undefined } | { readonly drawn: 'demo'; readonly seed: number };
  /** How many, at most; absent: all of a data set. */
  readonly count?: number | undefined;
  /** Absent: a tenth, at most 512. */
  readonly heldOut?: number | undefined;
  /** Absent: a twentieth, at most 128. */
  readonly validation?: number | undefined;
  /** Pictures, at most, that the code range is taken from. */
  readonly range: number;
}
