import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PageAtlas } from './data/atlas.js';
import type { PictureStore } from './data/picture-store.js';

export interface PageContext {
  readonly atlas: PageAtlas;
  /** A second atlas to hold beside the first, where one was named. */
  readonly other: PageAtlas | undefined;
  readonly pictures: PictureStore;
}

const Context = createContext<PageContext | undefined>(undefined);
export const PageProvider = Context.Provider;

export function usePage(): PageContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('unreachable: a part of the page outside of it');
  return context;
}
