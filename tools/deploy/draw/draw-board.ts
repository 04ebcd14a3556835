import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Board } from './boards.js';
import { formatValue } from './format-value.js';
import type { PanelData, Range } from './series.js';

const columnPixels = 56;
const rowPixels = 34;

/** What the page gets: numbers and texts, nothing left to decide but where the pixels go. */
export interface DrawnPanel {
  readonly kind: 'row' | 'stat' | 'timeseries';
  readonly title: string;
  readonly box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly stacked: boolean;
  readonly times: readonly number[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[]; readonly last: string }[];
  /** Labels of the value axis, evenly spaced from 0, the top one last. */
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** Instead of a picture. */
  readonly absent: string;
}

/**
 * A dashboard as a PNG, near to what Grafana would show: for looking at queries, units and scales, not at Grafana.
 *
 * `absences` says why a panel has no data, by its title.
 */
export async function drawBoard(browserPath: string, board: Board, data: readonly PanelData[], range: Range, absences: ReadonlyMap<string, string>): Promise<Buffer> {
  const panels = data.map((each) => toDrawn(each, absences));
  const height = Math.max(...panels.map(({ box }) => box.top + box.height));
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 24 * columnPixels + 24, height: height + 90 }, timezoneId: 'UTC', colorScheme: 'light' });
    await page.setContent('<!doctype html><html lang="en"><body></body></html>');
    const uplot = createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js');
    await page.addStyleTag({ path: uplot.replace('iife.min.js', 'min.css') });
    await page.addScriptTag({ path: uplot });
    await page.addScriptTag({ path: fileURLToPath(new URL('./page.mjs', import.meta.url)), type: 'module' });
    await page.waitForFunction('window.draw !== undefined');
    await page.evaluate(([title, description, drawn, from, to]) => {
      (window as unknown as { draw: (...args: unknown[]) => void }).draw(title, description, drawn, from, to);
    }, [board.title, board.description, panels, range.from, range.to] as const);
    return await page.screenshot({ fullPage: true });
  } finally {
    await browser.close();
  }
}

function toDrawn({ panel, times, series }: PanelData, absences: ReadonlyMap<string, string>): DrawnPanel {
  const { x, y, w, h } = panel.gridPos;
  const unit = panel.fieldConfig?.defaults?.unit ?? 'short';
  const stacked = panel.fieldConfig?.defaults?.custom?.stacking?.mode === 'normal';
  const totals = stacked ? times.map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0)) : series.flatMap(({ values }) => values.filter((value) => value !== undefined));
  return {
    kind: panel.type, title: panel.title, stacked, times,
    box: { left: x * columnPixels, top: y * rowPixels, width: w * columnPixels, height: h * rowPixels },
    series: series.map(({ name, values }) => ({ name, values: values.map((value) => value ?? null), last: formatValue(unit, values.findLast((value) => value !== undefined)!) })),
    ticks: panel.type === 'timeseries' ? ticks(unit, panel.fieldConfig?.defaults?.max ?? Math.max(0, ...totals)).map((at) => ({ at, text: formatValue(unit, at) })) : [],
    absent: series.length > 0 || panel.type === 'row' ? '' : absences.get(panel.title) ?? 'no data',
  };
}

/** Round in the unit in which they are written. */
function ticks(unit: string, most: number): readonly number[] {
  const within = unit === 's' ? [86_400, 3_600, 60, 1].find((each) => most >= each) ?? 1 : 1;
  return ticksTo(most / within, unit === 'bytes' ? 2 : 10).map((at) => at * within);
}

/** About four round steps, of tens or of twos, that reach the largest value. */
function ticksTo(most: number, base: 2 | 10): readonly number[] {
  if (most === 0) return [0, 1];
  const rough = most / 4;
  const power = base ** Math.floor(Math.log(rough) / Math.log(base));
  const step = [1, 2, 2.5, 5, 10].filter((each) => each <= base).map((each) => each * power).find((each) => each >= rough * 0.999)!;
  return Array.from({ length: Math.ceil((most * 0.999) / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}
