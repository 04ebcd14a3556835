import { fill, type Board, type Panel } from './boards.js';

/** One line of a panel: a value for each moment, or nothing. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

export interface PanelData {
  readonly panel: Panel;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

export interface Range { readonly from: number; readonly to: number; readonly step: number }

interface Matrix { readonly status: string; readonly error?: string; readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly values: readonly (readonly [number, string])[] }[] } }

/** What a Prometheus has for every panel of a board. */
export async function queryBoard(prometheus: string, board: Board, range: Range): Promise<readonly PanelData[]> {
  return Promise.all(board.panels.map(async (panel) => {
    const times = Array.from({ length: Math.floor((range.to - range.from) / range.step) + 1 }, (_, i) => range.from + i * range.step);
    const found = await Promise.all((panel.targets ?? []).map(async ({ expr, legendFormat }) => {
      const query = { query: fill(board, expr), start: String(range.from), end: String(range.to), step: String(range.step) };
      const { status, error, data } = await (await fetch(`${prometheus}/api/v1/query_range`, { method: 'POST', body: new URLSearchParams(query) })).json() as Matrix;
      if (status !== 'success') throw new Error(`${board.title}, ${panel.title}: ${error}`);
      return data.result.map(({ metric, values }): Series => {
        const at = new Map(values.map(([time, value]) => [Math.round((time - range.from) / range.step), Number(value)]));
        return { name: (legendFormat ?? '').replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''), values: times.map((_, i) => finite(at.get(i))) };
      });
    }));
    return { panel, times, series: found.flat().filter(({ values }) => values.some((value) => value !== undefined)) };
  }));
}

// A ratio of nothing by nothing is drawn as nothing.
const finite = (value: number | undefined): number | undefined => (value !== undefined && Number.isFinite(value) ? value : undefined);
