import { useEffect, useRef } from 'preact/hooks';
import { ComparePage } from './pages/compare-page.js';
import { LayerPage } from './pages/layer-page.js';
import { LivePage } from './pages/live-page.js';
import { ModelPage } from './pages/model-page.js';
import { SearchPage } from './pages/search-page.js';
import { UnitPage } from './pages/unit-page.js';
import { Notice } from './parts/notice.js';
import { TopBar } from './parts/top-bar.js';
import { useRoute, type Route } from './router.js';

/** The page: a bar that stays, and what the address asks for. */
export function App() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const place = placeOf(route);
  const first = useRef(true);
  useEffect(() => {
    document.title = titleOf(route);
    // A reader of the screen and the keyboard go where the eye goes; the first page is read from its start anyway.
    if (!first.current) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [place]);
  return (
    <>
      <a class="skip" href="#page-content" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
      <TopBar route={route} />
      <main id="page-content" tabIndex={-1} ref={main}>
        <Shown key={place} route={route} />
      </main>
      <footer class="foot">
        <p>Pictures that drive one unit up, not photographs of what the network has seen. Natural pictures are the better witness wherever they are there.</p>
      </footer>
    </>
  );
}

function Shown({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'model': return <ModelPage />;
    case 'layer': return <LayerPage layer={route.layer} query={route.query} />;
    case 'unit': return <UnitPage layer={route.layer} unit={route.unit} />;
    case 'compare': return <ComparePage query={route.query} />;
    case 'live': return <LivePage layer={route.layer} unit={route.unit} />;
    case 'search': return <SearchPage query={route.query} />;
    case 'unknown': return <Notice kind="broken" title="There is no such page" action={{ href: '#/', text: 'Go to the model' }}>The address names no layer, unit or tool of this page.</Notice>;
  }
}

/** What makes it another page: settings in the query do not. */
function placeOf(route: Route): string {
  return 'layer' in route ? `${route.page} ${route.layer} ${'unit' in route ? route.unit : ''}` : route.page;
}

function titleOf(route: Route): string {
  const name = {
    model: 'Model', search: 'Search', compare: 'Compare', unknown: 'Nothing here',
    layer: 'layer' in route ? route.layer : '',
    unit: 'unit' in route ? `${route.layer}/${route.unit}` : '',
    live: 'unit' in route ? `${route.layer}/${route.unit} live` : '',
  }[route.page];
  return `${name} · neuron-atlas`;
}
