import { useState } from 'preact/hooks';
import { unitsOf, type OpenLayer } from '../data/atlas.js';
import { synthesisPicture } from '../data/layer-pictures.js';
import { usePage } from '../page-context.js';
import { describeEncoded, likeness, type Description } from '../picture-likeness.js';
import { unitLink } from '../router.js';
import { Failure } from './notice.js';
import { Picture } from './picture.js';

/** Pictures that are looked at for one question: 10 MB at 20 kB each. */
const mostLookedAt = 512;
const mostShown = 12;

interface Found { readonly unit: number; readonly like: number }

/** Units of the layer whose pictures look like this one's: found on demand, since the layer's pictures must be fetched. */
export function SimilarUnits({ layer, unit }: { readonly layer: OpenLayer; readonly unit: number }) {
  const { atlas } = usePage();
  const [done, setDone] = useState<number | undefined>(undefined);
  const [found, setFound] = useState<readonly Found[] | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const { index: { layer: { id, selected }, views } } = layer;
  const seed = views[0]?.seeds[0];
  const units = unitsOf(selected);
  const looked = units.length <= mostLookedAt ? units : nearest(units, unit, mostLookedAt);
  if (seed === undefined || units.length < 2) return null;

  const look = async (): Promise<void> => {
    setDone(0);
    setError(undefined);
    try {
      const described = new Map<number, Description>();
      const describe = async (one: number): Promise<void> => {
        const data = await layer.picture({ unit: one, view: 0, seed });
        if (data !== undefined) described.set(one, await describeEncoded(data));
        setDone(described.size);
      };
      for (let i = 0; i < looked.length; i += 6) await Promise.all(looked.slice(i, i + 6).map(describe));
      const own = described.get(unit);
      const all = own === undefined ? [] : [...described].filter(([one]) => one !== unit).map(([one, other]): Found => ({ unit: one, like: likeness(own, other) }));
      setFound(all.sort((a, b) => b.like - a.like || a.unit - b.unit).slice(0, mostShown));
    } catch (cause) {
      setError(cause);
    }
    setDone(undefined);
  };

  return (
    <section aria-labelledby="similar-title">
      <div class="section-head">
        <h2 id="similar-title">Units that look like it</h2>
        <p class="quiet">Units of this layer whose climbed pictures have the same colours and directions. Alike pictures do not prove alike units.</p>
      </div>
      {found !== undefined
        ? <ul class="tiles">{found.map(({ unit: one, like }) => (
            <li key={one}><a class="tile" href={unitLink(id, one)}><span class="hidden">{`Unit ${one}, likeness ${Math.round(100 * like)} %`}</span>
              <Picture request={synthesisPicture(atlas, layer, { unit: one, view: 0, seed })} alt="" />
              <span class="tile-text" aria-hidden="true"><span>{one}</span><span class="tile-value">{Math.round(100 * like)} %</span></span>
            </a></li>))}</ul>
        : done === undefined
          ? <button type="button" class="button" onClick={() => void look()}>Compare with {looked.length === units.length ? `all ${units.length}` : `the ${looked.length} nearest`} units of {id}</button>
          : <p role="status"><progress max={looked.length} value={done} aria-label="Pictures looked at" /> <span class="quiet">{done} of {looked.length}</span></p>}
      {error === undefined ? null : <Failure error={error} what="The pictures of the layer could not all be read" />}
    </section>
  );
}

function nearest(units: readonly number[], unit: number, most: number): readonly number[] {
  const at = units.indexOf(unit);
  const start = Math.max(0, Math.min(units.length - most, at - Math.floor(most / 2)));
  return units.slice(start, start + most);
}
