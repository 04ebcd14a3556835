import type { SynthesisRow } from '@neuron-atlas/atlas';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { OpenLayer } from '../data/atlas.js';
import { synthesisPicture } from '../data/layer-pictures.js';
import { useLoaded } from '../data/use-loaded.js';
import { askEngine } from '../live/engine.js';
import type { Told } from '../live/protocol.js';
import { madeFrom, viewSettings, type MadeFrom } from '../made-from.js';
import { figure } from '../numbers.js';
import { usePage } from '../page-context.js';
import { Failure } from './notice.js';
import { Picture } from './picture.js';
import { Pixels } from './pixels.js';
import { Trace } from './trace.js';

export interface LiveClimbProps {
  readonly layer: OpenLayer;
  readonly unit: number;
  readonly rows: readonly SynthesisRow[];
  readonly made: MadeFrom;
  readonly model: string;
}

interface Choices { readonly prior: string; readonly objective: string; readonly steps: number; readonly seed: number; readonly provider: 'wasm' | 'webgpu' }
interface Climb { readonly phase: string; readonly scores: readonly number[]; readonly step: Extract<Told, { kind: 'step' | 'climbed' }> | undefined; readonly done: number }

/** The controls of a climb, the picture as it forms, and the atlas's own beside it. */
export function LiveClimb({ layer, unit, rows, made, model }: LiveClimbProps) {
  const { atlas } = usePage();
  const [first] = rows;
  const [choices, choose] = useState<Choices>({ prior: made.prior.name, objective: made.objective.name, steps: first?.steps ?? 64, seed: first?.seed ?? 0, provider: 'wasm' });
  const [climb, setClimb] = useState<Climb | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  const plugins = useLoaded(() => askEngine({ kind: 'plugins' }), []);
  useEffect(() => () => running.current?.abort(), []);
  const twin = rows.find((row) => row.prior === choices.prior && row.objective === choices.objective && row.seed === choices.seed);

  const start = async (): Promise<void> => {
    const stop = new AbortController();
    running.current = stop;
    setRunning(true);
    setError(undefined);
    let now: Climb = { phase: 'Starting', scores: [], step: undefined, done: 0 };
    const show = (change: Partial<Climb>): void => { if (!stop.signal.aborted) setClimb(now = { ...now, ...change }); };
    show({});
    try {
      const told = await askEngine({
        kind: 'climb', model, provider: choices.provider,
        settings: {
          input: made.model.input, preprocess: made.model.preprocess, tensor: made.tensor, unit, steps: choices.steps, seed: choices.seed,
          rest: choices.prior === made.prior.name ? viewSettings(made) : {},
          // Of the sizes in the atlas, the one of the picture that is climbed again.
          size: (twin === undefined ? made : madeFrom(twin))?.size?.width ?? (twin ?? first)?.width ?? 64,
          prior: choices.prior, priorParams: choices.prior === made.prior.name ? made.prior.params : {},
          objective: choices.objective, objectiveParams: choices.objective === made.objective.name ? made.objective.params : {},
        },
      }, (told) => {
        if (told.kind === 'phase') show({ phase: told.words });
        if (told.kind === 'step') show({ phase: 'Climbing', step: told, done: told.done, scores: [...now.scores, told.score] });
      }, stop.signal);
      if (told.kind === 'climbed') show({ phase: `Done in ${figure(told.seconds)} s`, step: told, done: choices.steps, scores: Array.from(told.trace) });
    } catch (cause) {
      if (!stop.signal.aborted) setError(cause);
    } finally {
      if (running.current === stop) setRunning(false);
    }
  };
  const end = (): void => {
    running.current?.abort();
    setRunning(false);
  };
  const names = plugins.state === 'ready' && plugins.value.kind === 'plugins' ? plugins.value : undefined;
  const step = climb?.step;
  return (
    <div class="live">
      <form class="live-controls" onSubmit={(event) => { event.preventDefault(); if (isRunning) end(); else void start(); }}>
        <LiveChoice words="Prior" value={choices.prior} options={names?.priors ?? [choices.prior]} onChange={(prior) => choose({ ...choices, prior })} />
        <LiveChoice words="Objective" value={choices.objective} options={names?.objectives ?? [choices.objective]} onChange={(objective) => choose({ ...choices, objective })} />
        <label class="tool tool-stacked"><span>Steps: {choices.steps}</span><input type="range" min={8} max={512} step={8} value={choices.steps} onInput={(event) => choose({ ...choices, steps: Number(event.currentTarget.value) })} /></label>
        <label class="tool tool-stacked"><span>Seed</span><input class="field" type="number" min={0} max={999999} value={choices.seed} onInput={(event) => choose({ ...choices, seed: Math.max(0, Math.floor(Number(event.currentTarget.value))) })} /></label>
        <LiveChoice words="Runs on" value={choices.provider} options={'gpu' in navigator ? ['wasm', 'webgpu'] : ['wasm']} onChange={(provider) => choose({ ...choices, provider: provider === 'webgpu' ? 'webgpu' : 'wasm' })} />
        <button class="button button-main" type="submit">{isRunning ? 'Stop' : climb === undefined ? 'Start climbing' : 'Climb again'}</button>
      </form>
      <figure class="live-picture">
        {step === undefined ? <div class="picture live-empty"><span>{climb === undefined ? 'The picture forms here' : `${climb.phase}…`}</span></div> : <Pixels picture={step.picture} shape={step.shape} label={`Unit ${unit} after ${climb?.done ?? 0} steps`} />}
        <figcaption>
          <strong>Here</strong>
          <span class="quiet" role="status">{climb === undefined ? '' : `${climb.phase}${isRunning ? `, step ${climb.done} of ${choices.steps}` : ''}`}</span>
          {climb === undefined || climb.scores.length === 0 ? null : <p class="climb"><span>{figure(step?.kind === 'climbed' ? step.scoreStart : climb.scores[0])}</span><span class="climb-arrow" aria-label="to">→</span><strong data-live-score={step?.score}>{figure(step?.score)}</strong></p>}
          {climb === undefined ? null : <Trace values={climb.scores} label="Score so far" />}
        </figcaption>
      </figure>
      {twin === undefined ? null : (
        <figure class="live-picture">
          <Picture request={synthesisPicture(atlas, layer, { unit, view: twin.view, seed: twin.seed })} alt={`The atlas's picture of unit ${unit}`} />
          <figcaption><strong>In the atlas</strong><span class="quiet">{twin.prior}, seed {twin.seed}, {twin.steps} steps</span>
            <p class="climb"><span>{figure(twin.scoreStart)}</span><span class="climb-arrow" aria-label="to">→</span><strong>{figure(twin.score)}</strong></p></figcaption>
        </figure>
      )}
      {error === undefined ? null : <Failure error={error} what="The climb stopped" />}
      <p class="quiet live-words">With the settings of the atlas the two agree but for rounding: the arithmetic of another device differs in its last digits, and many steps let that grow. Another prior starts from its own defaults.</p>
    </div>
  );
}

function LiveChoice({ words, value, options, onChange }: { readonly words: string; readonly value: string; readonly options: readonly string[]; readonly onChange: (value: string) => void }) {
  return (
    <label class="tool tool-stacked"><span>{words}</span>
      <select class="field" value={value} onChange={(event) => onChange(event.currentTarget.value)}>{options.map((option) => <option key={option} value={option}>{option}</option>)}</select>
    </label>
  );
}
