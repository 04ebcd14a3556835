import { Component, type ComponentChildren } from 'preact';

export interface WallRowProps<T> {
  readonly items: readonly T[];
  readonly row: number;
  readonly across: number;
  /** Width of a tile and distance from row to row, in pixels. */
  readonly side: number;
  readonly pitch: number;
  /** The item in the tab order, where it is in this row. */
  readonly current: number | undefined;
  readonly keyOf: (item: T) => string | number;
  readonly linkOf: (item: T) => string;
  readonly labelOf: (item: T) => string;
  readonly children: (item: T) => ComponentChildren;
  readonly onFocus: (at: number) => void;
}

/** One row of a wall. Scrolling brings and takes whole rows; one that stays is not looked at again. */
export class WallRow<T> extends Component<WallRowProps<T>> {
  override shouldComponentUpdate(next: WallRowProps<T>): boolean {
    return (Object.keys(next) as (keyof WallRowProps<T>)[]).some((name) => next[name] !== this.props[name]);
  }

  override render() {
    const { items, row, across, side, pitch, current, keyOf, linkOf, labelOf, children, onFocus } = this.props;
    const from = row * across;
    return (
      <div class="wall-row" role="presentation" style={{ transform: `translateY(${row * pitch}px)` }}>
        {items.slice(from, from + across).map((item, i) => {
          const at = from + i;
          return (
            <div key={keyOf(item)} role="listitem" aria-posinset={at + 1} aria-setsize={items.length} class="wall-item" style={{ width: `${side}px` }}>
              <a class="tile" href={linkOf(item)} data-at={at} tabIndex={at === current ? 0 : -1} onFocus={() => onFocus(at)}><span class="hidden">{labelOf(item)}</span>{children(item)}</a>
            </div>
          );
        })}
      </div>
    );
  }
}
