import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { WallRow } from './wall-row.js';

export interface WallProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string | number;
  /** Where a tile leads. */
  readonly linkOf: (item: T) => string;
  readonly labelOf: (item: T) => string;
  readonly children: (item: T) => ComponentChildren;
  /** Wanted side of a tile, in pixels; tiles grow to fill the row. */
  readonly tile: number;
  /** Height ÷ width of what a tile shows. @default 1 */
  readonly ratio?: number;
  readonly label: string;
}

const gap = 8;
const caption = 24;
/** Rows drawn above and below what is seen. */
const margin = 2;

interface Seen { readonly width: number; readonly first: number; readonly last: number }

/**
 * A wall of tiles of which only those near the screen exist, however many there are. The page itself scrolls.
 *
 * Arrow keys, Home and End move from tile to tile; one tile at a time is in the tab order.
 */
export function Wall<T>({ items, keyOf, linkOf, labelOf, children, tile, ratio = 1, label }: WallProps<T>) {
  const wall = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState<Seen>({ width: 0, first: 0, last: 0 });
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const across = Math.max(1, Math.floor((seen.width + gap) / (tile + gap)));
  const side = (seen.width - gap * (across - 1)) / across;
  const pitch = side * ratio + caption + gap;
  const rows = Math.ceil(items.length / across);

  useLayoutEffect(() => {
    const { current } = wall;
    if (current === null) return undefined;
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const { top, width } = current.getBoundingClientRect();
      const columns = Math.max(1, Math.floor((width + gap) / (tile + gap)));
      const height = ((width - gap * (columns - 1)) / columns) * ratio + caption + gap;
      const first = Math.max(0, Math.floor(-top / height) - margin);
      const last = Math.ceil((innerHeight - top) / height) + margin;
      setSeen((before) => (before.width === width && before.first === first && before.last === last ? before : { width, first, last }));
    };
    const soon = (): void => { if (frame === 0) frame = requestAnimationFrame(look); };
    look();
    const watch = new ResizeObserver(soon);
    watch.observe(current);
    addEventListener('scroll', soon, { passive: true });
    return () => {
      watch.disconnect();
      removeEventListener('scroll', soon);
      cancelAnimationFrame(frame);
    };
  }, [tile, ratio]);

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const link = wall.current?.querySelector<HTMLElement>(`[data-at="${active}"]`);
    if (link === null || link === undefined) return;
    wantsFocus.current = false;
    link.focus({ preventScroll: true });
  });

  const current = Math.min(active, items.length - 1);
  const move = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -current, End: items.length - 1 - current };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = current + step;
    if (to < 0 || to >= items.length) return;
    setActive(to);
    wantsFocus.current = true;
    bringIntoView(wall.current!, Math.floor(to / across) * pitch, pitch);
  };

  const shown = Array.from({ length: Math.max(0, Math.min(rows, seen.last) - seen.first) }, (_, i) => seen.first + i);
  // The row of the tile that holds the focus stays, wherever one has scrolled to.
  const currentRow = Math.floor(current / across);
  if (current >= 0 && !shown.includes(currentRow)) shown.push(currentRow);
  return (
    <div class="wall" role="list" aria-label={label} ref={wall} onKeyDown={move} style={{ height: `${Math.max(0, rows * pitch - gap)}px`, '--wall-gap': `${gap}px` }}>
      {seen.width === 0 ? null : shown.map((row) => (
        <WallRow key={row} items={items} row={row} across={across} side={side} pitch={pitch} current={row === currentRow ? current : undefined}
          keyOf={keyOf} linkOf={linkOf} labelOf={labelOf} onFocus={setActive}>{children}</WallRow>
      ))}
    </div>
  );
}

/** Scrolls as little as shows a row whole, below the bars that stay at the top. */
function bringIntoView(wall: HTMLElement, rowTop: number, height: number): void {
  const top = wall.getBoundingClientRect().top + rowTop;
  const bars = 130;
  if (top < bars) scrollBy(0, top - bars);
  else if (top + height > innerHeight) scrollBy(0, top + height - innerHeight + 12);
}
