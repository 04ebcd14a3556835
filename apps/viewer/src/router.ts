import { useLayoutEffect, useState } from 'preact/hooks';

/** What the address asks for. Pages of layers and units start with `#/`, the page's own tools with `#~`: a layer may have any name. */
export type Route =
  | { readonly page: 'model' }
  | { readonly page: 'layer'; readonly layer: string; readonly query: URLSearchParams }
  | { readonly page: 'unit'; readonly layer: string; readonly unit: number; readonly query: URLSearchParams }
  | { readonly page: 'live'; readonly layer: string; readonly unit: number; readonly query: URLSearchParams }
  | { readonly page: 'search'; readonly query: URLSearchParams }
  | { readonly page: 'compare'; readonly query: URLSearchParams }
  | { readonly page: 'unknown'; readonly address: string };

export function parseRoute(hash: string): Route {
  const address = hash.replace(/^#/, '');
  const [path = '', search = ''] = address.split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  if (path === '' || path === '/') return { page: 'model' };
  if (path === '~search') return { page: 'search', query };
  if (path === '~compare') return { page: 'compare', query };
  const unknown = { page: 'unknown', address } as const;
  if (!path.startsWith('/')) return unknown;
  const [layer, unit, tool, ...more] = path.slice(1).split('/').map(decoded);
  if (layer === undefined || layer === '' || more.length > 0 || (tool !== undefined && tool !== 'live')) return unknown;
  if (unit === undefined || unit === '') return { page: 'layer', layer, query };
  if (!/^\d{1,9}$/.test(unit)) return unknown;
  return { page: tool === 'live' ? 'live' : 'unit', layer, unit: Number(unit), query };
}

export const layerLink = (layer: string): string => `#/${encodeURIComponent(layer)}`;
export const unitLink = (layer: string, unit: number): string => `${layerLink(layer)}/${unit}`;

/** The route now; follows the address. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  // Before the first paint, so that no step taken in between is missed.
  useLayoutEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return parseRoute(hash);
}

/** Changes settings in the address without a step in the history; a setting at its default is left out. */
export function replaceQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const [path = '', search = ''] = location.hash.split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, '', `${path}${text === '' ? '' : `?${text}`}`);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % in a link that somebody typed
  }
}
