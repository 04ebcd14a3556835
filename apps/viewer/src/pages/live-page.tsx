import type { SynthesisRow } from '@neuron-atlas/atlas';
import type { OpenLayer } from '../data/atlas.js';
import { modelFile } from '../data/model-file.js';
import { useLoaded } from '../data/use-loaded.js';
import { madeFrom, type MadeFrom } from '../made-from.js';
import { usePage } from '../page-context.js';
import { LiveClimb } from '../parts/live-climb.js';
import { Failure, Notice, Waiting } from '../parts/notice.js';
import { unitLink } from '../router.js';

interface Start { readonly layer: OpenLayer; readonly rows: readonly SynthesisRow[]; readonly made: MadeFrom | undefined; readonly model: string }

/** The ascent of one unit, run in the page by the program that the agents run. */
export function LivePage({ layer: id, unit }: { readonly layer: string; readonly unit: number }) {
  const { atlas } = usePage();
  const start = useLoaded(async (): Promise<Start> => {
    const layer = await atlas.layer(id);
    const [rows, model] = await Promise.all([layer.synthesis(unit), modelFile(atlas, layer.index.model.sha256)]);
    return { layer, rows, made: rows.map(madeFrom).find((made) => made !== undefined), model };
  }, [atlas, id, unit]);
  return (
    <>
      <div class="hero hero-unit">
        <p class="eyebrow">Live · <a href={unitLink(id, unit)}>{id}/{unit}</a></p>
        <h1>Climb it here</h1>
        <p class="lead">The same program that made the atlas, compiled and run in this page: watch the picture form, and try another prior, seed or number of steps. Nothing leaves this computer.</p>
      </div>
      {start.state === 'loading' ? <Waiting what="the unit" /> : null}
      {start.state === 'failed' ? <Failure error={start.error} what="This unit cannot be climbed here" /> : null}
      {start.state !== 'ready' ? null : start.value.made === undefined
        ? <Notice kind="empty" title="Not known how" action={{ href: unitLink(id, unit), text: 'Back to the unit' }}>No picture of this unit says how it was made, so there is nothing to start from.</Notice>
        : <LiveClimb layer={start.value.layer} unit={unit} rows={start.value.rows} made={start.value.made} model={start.value.model} />}
    </>
  );
}
