import { useEffect, useState } from 'preact/hooks';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'ready'; readonly value: T };

const loading = { state: 'loading' } as const;

/** What a promise gives, for as long as the keys stay the same; an answer for other keys is never shown. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const [held, setHeld] = useState<{ readonly keys: readonly unknown[]; readonly loaded: Loaded<T> }>({ keys, loaded: loading });
  useEffect(() => {
    let current = true;
    const settle = (loaded: Loaded<T>): void => { if (current) setHeld({ keys, loaded }); };
    settle(loading);
    load().then((value) => settle({ state: 'ready', value }), (error: unknown) => settle({ state: 'failed', error }));
    return () => { current = false; };
  }, keys);
  return held.keys.length === keys.length && held.keys.every((key, i) => key === keys[i]) ? held.loaded : loading;
}
