import type { Runtime } from '@neuron-atlas/onnx';
import type { Classifier } from './classifier.js';

/** What every experiment works with: the demo network, its shipped generator, and where the results go. */
export interface Context {
  readonly runtime: Runtime;
  readonly threads: number;
  /** `demo.onnx`. */
  readonly model: Uint8Array;
  readonly generator: Generator;
  readonly seed: number;
  /** Length of everything that is trained or climbed, as a share of the default. */
  readonly effort: number;
  readonly note: (line: string) => void;
  /** Judges that were trained already, by their seed: several experiments in a row share one. */
  readonly judges: Map<number, Promise<Classifier>>;
}

/** A generator and the box of its codes, as the files that `train generator` writes. */
export interface Generator {
  readonly file: Uint8Array;
  readonly range: Uint8Array;
}

/** What an experiment found. */
export interface Findings {
  readonly title: string;
  /** What the publication found, and where. */
  readonly published: string;
  /** What was done here, a paragraph each. */
  readonly method: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What the columns are. */
  readonly legend: string;
  /** What came out, a sentence or two each, with whether it agrees. */
  readonly ours: readonly string[];
  readonly agrees: 'yes' | 'in part' | 'no';
  /** Rows of pictures u8[64, 64, 3], each with what it shows. */
  readonly sheet: readonly { readonly label: string; readonly pictures: readonly Uint8Array[] }[];
  /** All numbers, for machines. */
  readonly numbers: unknown;
}

export type Experiment = (context: Context) => Promise<Findings>;

/** A share as pages write it: 0.123 is 12 %. */
export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
