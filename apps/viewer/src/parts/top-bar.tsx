import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { usePage } from '../page-context.js';
import { layerLink, unitLink, type Route } from '../router.js';
import { applyTheme, isDark, storedTheme } from '../theme.js';

/** Where one is, the way up, search and the theme. `/` goes to the search field from anywhere. */
export function TopBar({ route }: { readonly route: Route }) {
  return (
    <header class="top">
      <a class="brand" href="#/" aria-label="neuron-atlas, to the model">
        <svg viewBox="0 0 32 32" aria-hidden="true"><g class="brand-off"><circle cx="7" cy="7" r="3.4" /><circle cx="25" cy="7" r="3.4" /><circle cx="7" cy="25" r="3.4" /><circle cx="25" cy="25" r="3.4" /></g><circle class="brand-on" cx="16" cy="16" r="5.6" /></svg>
        <span>neuron-atlas</span>
      </a>
      <Trail route={route} />
      <div class="top-tools">
        <Finder />
        <CompareLink />
        <ThemeButton />
      </div>
    </header>
  );
}

function Trail({ route }: { readonly route: Route }) {
  const steps = 'layer' in route
    ? [{ text: 'Layers', href: '#/' }, { text: route.layer, href: layerLink(route.layer) }, ...('unit' in route ? [{ text: String(route.unit), href: unitLink(route.layer, route.unit) }] : [])]
    : route.page === 'model' ? [] : [{ text: 'Layers', href: '#/' }];
  return (
    <nav class="trail" aria-label="Where you are">
      <ol>{steps.map(({ text, href }, i) => <li key={href}><a href={href} {...(i === steps.length - 1 ? { 'aria-current': 'page' as const } : {})}>{text}</a></li>)}</ol>
    </nav>
  );
}

function Finder() {
  const field = useRef<HTMLInputElement>(null);
  // Before the first paint: whoever types as soon as the page is there is heard.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]')) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
  const go = (event: Event): void => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? '';
    location.hash = text === '' ? '#~search' : `#~search?q=${encodeURIComponent(text)}`;
  };
  return (
    <form role="search" class="finder" onSubmit={go}>
      <label class="hidden" for="finder">Find a layer or a unit</label>
      <input id="finder" ref={field} type="search" placeholder="Find a unit, a layer" autocomplete="off" spellcheck={false} />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function CompareLink() {
  const { other } = usePage();
  return other === undefined ? null : <a class="top-link" href="#~compare">Compare</a>;
}

function ThemeButton() {
  const [, render] = useState(storedTheme());
  const dark = isDark();
  const turn = (): void => {
    applyTheme(dark ? 'light' : 'dark');
    render(storedTheme());
  };
  return (
    <button type="button" class="icon-button" onClick={turn} aria-label={dark ? 'Light colours' : 'Dark colours'} title={dark ? 'Light colours' : 'Dark colours'}>
      <svg viewBox="0 0 24 24" aria-hidden="true">{dark
        ? <path d="M12 4V2m0 20v-2m8-8h2M2 12h2m13.7-5.7 1.4-1.4M4.9 19.1l1.4-1.4m11.4 0 1.4 1.4M4.9 4.9l1.4 1.4M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z" />
        : <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />}</svg>
    </button>
  );
}
