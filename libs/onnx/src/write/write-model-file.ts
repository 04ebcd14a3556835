import type { Model } from '../graph.js';
import type { Runtime, Session, SessionOptions } from '../runtime.js';
import { fileRanges } from './file-ranges.js';
import { writeModel } from './write-model.js';

/** The bytes of an .onnx file and, where some of its tensors lie in other files, the folder that these are named from. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly dataFolder?: string;
}

/** A file of a model whose tensors stay in the files in which they are: no weight is read. */
export function writeModelFile(model: Model): ModelFile {
  const paths = fileRanges(model).map(({ path }) => path);
  if (paths.length === 0) return { bytes: writeModel(model) };
  const dataFolder = commonFolder(paths);
  return { bytes: writeModel(model, ({ path, offset }) => ({ location: path.slice(dataFolder.length).replace(/^[/\\]/, '').replaceAll('\\', '/'), offset })), dataFolder };
}

/** Loads a model on a runtime, its weights from where they lie. */
export async function loadModel(runtime: Runtime, model: Model, options: SessionOptions = {}): Promise<Session> {
  const { bytes, dataFolder } = writeModelFile(model);
  return runtime.load(bytes, dataFolder === undefined ? options : { ...options, dataFolder });
}

/** The deepest folder that all the files lie in or below; absolute paths. */
function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => path.split(/[/\\]/).slice(0, -1));
  const [first, ...others] = folders as [string[], ...string[][]];
  let depth = 0;
  while (depth < first.length && others.every((folder) => folder[depth] === first[depth])) depth++;
  const shared = first.slice(0, depth).join('/');
  return shared === '' ? '/' : shared;
}
