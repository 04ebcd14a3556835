import type { AtlasIndex, AtlasLayer } from '@neuron-atlas/atlas';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { levelsOf } from '../network-levels.js';
import { count } from '../numbers.js';
import { layerLink } from '../router.js';
import { HealthBar } from './health-badge.js';
import { LayerStrip } from './layer-strip.js';

type Views = AtlasIndex['views'];

/** The layers in levels, each below those that it reads, with lines between them: branches lie side by side. */
export function NetworkMap({ layers, views }: { readonly layers: readonly AtlasLayer[]; readonly views: Views }) {
  const map = useRef<HTMLDivElement>(null);
  const levels = levelsOf(layers);
  const lines = useLines(map, layers);
  const isKnown = layers.some(({ inputs }) => inputs !== undefined);
  return (
    <section aria-labelledby="map-title">
      <div class="section-head">
        <h2 id="map-title">The network</h2>
        <p class="quiet">{isKnown ? 'From the picture at the top to the output at the bottom; lines are values that one layer reads from another.' : 'In the order of the model; this atlas does not say which layer reads which.'}</p>
      </div>
      <div class="map" ref={map}>
        <svg class="map-lines" aria-hidden="true">{lines.map(({ key, path }) => <path key={key} d={path} />)}</svg>
        <ol class="map-levels">
          {levels.map((level) => (
            <li key={level[0]?.id} class={`map-level${level.length > 1 ? ' map-branches' : ''}`}>
              {level.map((layer) => <LayerCard key={layer.id} layer={layer} views={views} wide={level.length === 1} />)}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function LayerCard({ layer, views, wide }: { readonly layer: AtlasLayer; readonly views: Views; readonly wide: boolean }) {
  const { id, op, units, healthy, flagged, inputs = [] } = layer;
  const card = useRef<HTMLAnchorElement>(null);
  const isNear = useNear(card);
  return (
    <a class={`layer-card${wide ? ' layer-card-wide' : ''}`} href={layerLink(id)} ref={card} data-layer={id}>
      <span class="hidden">{`${id}, ${op}, ${count(units)} units${flagged > 0 ? `, ${flagged} flagged` : ''}${inputs.length > 0 ? `, reads ${inputs.join(' and ')}` : ''}`}</span>
      <span class="layer-card-head" aria-hidden="true">
        <span class="layer-name">{id}</span>
        <span class="layer-facts">{op} · {count(units)} units</span>
        <HealthBar healthy={healthy} flagged={flagged} />
      </span>
      <span class="strip" aria-hidden="true">{isNear ? <LayerStrip layer={id} views={views} most={wide ? 12 : 6} /> : null}</span>
    </a>
  );
}

/** Whether an element is, or was, about to be seen. */
function useNear(element: { readonly current: Element | null }): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (element.current === null) return undefined;
    const watch = new IntersectionObserver((entries) => { if (entries.some(({ isIntersecting }) => isIntersecting)) setNear(true); }, { rootMargin: '300px' });
    watch.observe(element.current);
    return () => watch.disconnect();
  }, []);
  return near;
}

interface Line { readonly key: string; readonly path: string }

/** The lines from card to card as they lie on the screen now. */
function useLines(map: { readonly current: HTMLElement | null }, layers: readonly AtlasLayer[]): readonly Line[] {
  const [lines, setLines] = useState<readonly Line[]>([]);
  useLayoutEffect(() => {
    const { current } = map;
    if (current === null) return undefined;
    const draw = (): void => setLines(linesOf(current, layers));
    const watch = new ResizeObserver(draw);
    watch.observe(current);
    return () => watch.disconnect();
  }, [layers]);
  return lines;
}

function linesOf(map: HTMLElement, layers: readonly AtlasLayer[]): readonly Line[] {
  const origin = map.getBoundingClientRect();
  const boxes = new Map([...map.querySelectorAll<HTMLElement>('[data-layer]')].map((card) => [card.dataset['layer'], card.getBoundingClientRect()]));
  return layers.flatMap((layer, i) => (layer.inputs ?? (i === 0 ? [] : [layers[i - 1]!.id])).flatMap((input): Line[] => {
    const [from, to] = [boxes.get(input), boxes.get(layer.id)];
    if (from === undefined || to === undefined) return [];
    const [x1, y1, x2, y2] = [from.left + from.width / 2 - origin.left, from.bottom - origin.top, to.left + to.width / 2 - origin.left, to.top - origin.top];
    const key = `${input} ${layer.id}`;
    if (y2 - y1 < 60) return [{ key, path: `M${x1} ${y1}C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2}` }];
    // Past other levels: around them, on the left.
    const [left1, left2, middle1, middle2] = [from.left - origin.left, to.left - origin.left, from.top + from.height / 2 - origin.top, to.top + to.height / 2 - origin.top];
    const out = Math.max(2, Math.min(left1, left2) - 8 - Math.min(14, (y2 - y1) / 40));
    return [{ key, path: `M${left1} ${middle1}C${out} ${middle1} ${out} ${middle1 + 10} ${out} ${middle1 + 24}V${middle2 - 24}C${out} ${middle2 - 10} ${out} ${middle2} ${left2} ${middle2}` }];
  }));
}
