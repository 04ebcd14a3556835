import type { PictureOf } from '@neuron-atlas/atlas';
import type { OpenLayer, PageAtlas } from './atlas.js';
import type { PictureRequest } from './picture-store.js';

/** The wish for a synthesised picture. */
export function synthesisPicture(atlas: PageAtlas, layer: OpenLayer, of: PictureOf): PictureRequest {
  return { key: `${atlas.base.href} ${layer.index.layer.id} ${of.unit} ${of.view} ${of.seed}`, load: () => layer.picture(of) };
}
