import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A panel of Grafana's model, as far as it is drawn here. */
export interface Panel {
  readonly type: 'row' | 'stat' | 'timeseries';
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
  readonly fieldConfig?: { readonly defaults?: { readonly unit?: string; readonly max?: number; readonly custom?: { readonly stacking?: { readonly mode?: string } } } };
}

interface Variable { readonly type: string; readonly name: string; readonly query?: unknown }

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

const folder = fileURLToPath(new URL('../../../deploy/grafana/dashboards/', import.meta.url));

/** The committed dashboards by the name of their file. */
export function readBoards(): ReadonlyMap<string, Board> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
  return new Map(names.map((name) => [name.replace('.json', ''), JSON.parse(readFileSync(`${folder}${name}`, 'utf8')) as Board]));
}

/** A query with the board's variables filled in: all values of a label, and of a setting what it is at first. */
export function fill(board: Board, expr: string): string {
  return expr.replace(/\$(\w+)/g, (_, name: string) => {
    const variable = board.templating.list.find((each) => each.name === name);
    if (variable === undefined) throw new Error(`${board.title} has no variable ${name}`);
    return variable.type === 'textbox' ? String(variable.query) : '.+';
  });
}
