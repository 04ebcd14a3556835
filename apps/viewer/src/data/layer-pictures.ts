import type { NaturalPictureOf, PictureOf, UnitRow } from '@neuron-atlas/atlas';
import type { OpenLayer, PageAtlas } from './atlas.js';
import type { PictureRequest } from './picture-store.js';

/** The wish for a synthesised picture. */
export function synthesisPicture(atlas: PageAtlas, layer: OpenLayer, of: PictureOf): PictureRequest {
  return { key: `${atlas.base.href} ${layer.index.layer.id} ${of.unit} ${of.view} ${of.seed}`, load: () => layer.picture(of) };
}

/** The wish for a natural picture, or for what of it excites the unit. */
export function naturalPicture(atlas: PageAtlas, layer: OpenLayer, of: NaturalPictureOf): PictureRequest {
  return { key: `${atlas.base.href} ${layer.index.layer.id} ${of.unit} ${of.of} ${of.kind} ${of.rank}`, load: () => layer.naturalPicture(of) };
}

/** What a wall shows of each unit: a view by its number, the strongest natural picture, or its projection. */
export type Shown = number | 'top' | 'projection';

/** What the files of a layer have to show, with words for it. */
export function showable({ index: { views, files } }: OpenLayer): readonly { readonly shown: Shown; readonly words: string }[] {
  const has = (kind: string): boolean => files.some((file) => file.kind === kind && file.rows > 0);
  return [
    ...views.map(({ prior, objective }, i) => ({ shown: i, words: `${prior} · ${objective}` })),
    ...(has('exemplars') ? [{ shown: 'top', words: 'Strongest natural picture' } as const] : []),
    ...(has('projections') ? [{ shown: 'projection', words: 'What of it excites the unit' } as const] : []),
  ];
}

/** The picture of a unit that a wall shows; of a view that of its best seed. */
export function shownPicture(atlas: PageAtlas, layer: OpenLayer, { unit, bestScores }: Pick<UnitRow, 'unit' | 'bestScores'>, shown: Shown): PictureRequest {
  if (shown !== 'top' && shown !== 'projection') {
    return synthesisPicture(atlas, layer, { unit, view: shown, seed: bestScores.find(({ view }) => view === shown)?.seed ?? layer.index.views[shown]?.seeds[0] ?? 0 });
  }
  return naturalPicture(atlas, layer, { of: shown === 'top' ? 'exemplars' : 'projections', unit, kind: 'top', rank: 0 });
}
