import type { SynthesisRow } from '@neuron-atlas/atlas';
import { about } from '../explanations.js';
import { madeFrom, viewSettings } from '../made-from.js';

/** How each picture was made, and the commands that make it again. */
export function Provenance({ rows }: { readonly rows: readonly SynthesisRow[] }) {
  return (
    <section aria-labelledby="provenance-title">
      <div class="section-head"><h2 id="provenance-title">How it was made</h2><p class="quiet">{about.provenance}</p></div>
      {rows.map((row) => (
        <details key={`${row.view} ${row.seed}`} class="provenance">
          <summary><span>{row.prior} · {row.objective}</span><span class="quiet">seed {row.seed}, {row.steps} steps, {row.width} × {row.height}</span></summary>
          <p>With the sweep file below as <code>again.yaml</code>, beside the model as <code>model.onnx</code>:</p>
          <pre tabIndex={0}><code>npx neuron-atlas run again.yaml</code></pre>
          <pre tabIndex={0} aria-label="again.yaml"><code>{specOf(row)}</code></pre>
          <pre tabIndex={0} aria-label="Provenance"><code>{pretty(row.provenance)}</code></pre>
        </details>
      ))}
    </section>
  );
}

/** A sweep of this one picture. What the provenance does not say is left to the defaults. */
export function specOf({ layer, unit, prior, objective, seed, steps, width, provenance }: SynthesisRow): string {
  const made = madeFrom({ provenance });
  const view = {
    prior, ...given('priorParams', made?.prior.params), objective, ...given('objectiveParams', made?.objective.params), steps, size: made?.size?.width ?? width, seeds: [seed],
    ...(made === undefined ? {} : viewSettings(made)), ...given('batch', made?.batch),
  };
  return [
    'name: again',
    `model: { path: model.onnx, preprocess: ${JSON.stringify(made?.model.preprocess ?? {})} }${made === undefined ? '' : `   # sha256 ${made.model.sha256}`}`,
    `units: { layers: [${JSON.stringify(layer)}], channels: "${unit}" }`,
    'views:',
    '  synthesis:',
    `    - ${JSON.stringify(view)}`,
    'output: again',
  ].join('\n');
}

const given = (name: string, value: unknown): Readonly<Record<string, unknown>> =>
  (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0) ? {} : { [name]: value });

function parsed(provenance: string): unknown {
  try {
    return JSON.parse(provenance) as unknown;
  } catch {
    return undefined; // written by another version in other words: shown as it is
  }
}

function pretty(provenance: string): string {
  const value = parsed(provenance);
  return value === undefined ? provenance : JSON.stringify(value, undefined, 2);
}
