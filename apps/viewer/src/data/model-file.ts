import { errors } from '../errors.js';
import type { PageAtlas } from './atlas.js';

/** Where the model of an atlas lies, checked to be there. Errors: VIEWER_NO_MODEL. */
export async function modelFile(atlas: PageAtlas, sha256: string): Promise<string> {
  const key = `model/${sha256}.onnx`;
  if ((await atlas.source.stat(key)) === undefined) throw errors.noModel({});
  const url = new URL(key, atlas.base);
  url.search = atlas.base.search;
  return url.href;
}
