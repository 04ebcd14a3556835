import { render } from 'preact';
import { App } from './app.js';
import { openPageAtlas } from './data/atlas.js';
import { PictureStore } from './data/picture-store.js';
import { PageProvider } from './page-context.js';
import { applyTheme, storedTheme } from './theme.js';
import './style/base.css';
import './style/parts.css';
import './style/pages.css';

/** `?atlas=` and `?with=` name a first and a second atlas; else the page's own setting does. */
function places(): { readonly atlas: URL; readonly other: URL | undefined } {
  const query = new URLSearchParams(location.search);
  const setting = (name: string): string | undefined => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
  const folder = (written: string): URL => {
    const url = new URL(written, location.href);
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return url;
  };
  const other = query.get('with') ?? setting('neuron-atlas-with');
  return { atlas: folder(query.get('atlas') ?? setting('neuron-atlas') ?? './'), other: other === undefined ? undefined : folder(other) };
}

applyTheme(storedTheme());
const { atlas, other } = places();
const context = { atlas: openPageAtlas(atlas), other: other === undefined ? undefined : openPageAtlas(other), pictures: new PictureStore() };
render(<PageProvider value={context}><App /></PageProvider>, document.getElementById('page')!);
