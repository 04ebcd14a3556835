import type { AtlasIndex } from '@neuron-atlas/atlas';
import { unitsOf } from '../data/atlas.js';
import { synthesisPicture } from '../data/layer-pictures.js';
import { useLoaded } from '../data/use-loaded.js';
import { usePage } from '../page-context.js';
import { Picture } from './picture.js';

/** A few pictures of a layer, of its first view: the units with the highest scores, or the first ones while there are none. */
export function LayerStrip({ layer: id, views, most }: { readonly layer: string; readonly views: AtlasIndex['views']; readonly most: number }) {
  const { atlas } = usePage();
  const loaded = useLoaded(async () => {
    const layer = await atlas.layer(id);
    const rows = await layer.allUnits().catch(() => []);
    const best = rows.filter(({ score, health }) => score !== null && health.length === 0).sort((a, b) => b.score! - a.score!).map(({ unit }) => unit);
    return { layer, units: (best.length > 0 ? best : unitsOf(layer.index.layer.selected)).slice(0, most) };
  }, [atlas, id, most]);
  const seed = views[0]?.seeds[0];
  if (loaded.state !== 'ready' || seed === undefined) return null;
  return <>{loaded.value.units.map((unit) => <Picture key={unit} request={synthesisPicture(atlas, loaded.value.layer, { unit, view: 0, seed })} alt="" />)}</>;
}
