import { DashboardBuilder, DatasourceVariableBuilder, QueryVariableBuilder, RowBuilder, TextBoxVariableBuilder, VariableRefresh, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { ReduceDataOptionsBuilder, StackingConfigBuilder, StackingMode, VizLegendOptionsBuilder, LegendDisplayMode, LegendPlacement } from '@grafana/grafana-foundation-sdk/common';

/** A query and how its series are called: `{{label}}` stands for a label's value. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What one reads from it, and what to do where it looks wrong. */
  readonly description: string;
  /** Grafana's name of the unit: `s`, `bytes`, `percentunit`, `short`, `ops`. */
  readonly unit: string;
  readonly queries: readonly [Query, ...Query[]];
  /** `stat` is one number, now. @default 'timeseries' */
  readonly kind?: 'timeseries' | 'stat';
  readonly stacked?: boolean;
  /** Of 24 columns. @default 12, a stat 4 */
  readonly span?: number;
}

/** A dashboard as its file says it: what is shown, not how. */
export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
  /** A variable whose values come from a label. */
  readonly variable?: { readonly name: string; readonly query: string };
  /** A number that the reader sets, and what it is before. */
  readonly setting?: { readonly name: string; readonly label: string; readonly value: string };
}

const source = { type: 'prometheus', uid: '${datasource}' };

/** Grafana's model of a board. */
export function toDashboard(board: Board): Dashboard {
  const builder = new DashboardBuilder(board.title).uid(board.uid).description(board.description).tags(['neuron-atlas'])
    .refresh('30s').time({ from: 'now-6h', to: 'now' }).timezone('browser').editable()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  if (board.variable !== undefined) {
    builder.withVariable(new QueryVariableBuilder(board.variable.name).datasource(source).query(board.variable.query)
      .refresh(VariableRefresh.OnTimeRangeChanged).includeAll(true).multi(true));
  }
  if (board.setting !== undefined) builder.withVariable(new TextBoxVariableBuilder(board.setting.name).label(board.setting.label).defaultValue(board.setting.value));
  for (const row of board.rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel.kind === 'stat' ? stat(panel) : timeseries(panel));
  }
  return builder.build();
}

const targets = ({ queries }: Panel): DataqueryBuilder[] => queries.map(({ expr, legend }, index) =>
  new DataqueryBuilder().refId(String.fromCharCode(65 + index)).expr(expr).legendFormat(legend).datasource(source));

function stat(panel: Panel): StatBuilder {
  const builder = new StatBuilder().title(panel.title).description(panel.description).unit(panel.unit).span(panel.span ?? 4).height(4)
    .datasource(source).reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  for (const target of targets(panel)) builder.withTarget(target);
  return builder;
}

function timeseries(panel: Panel): TimeseriesBuilder {
  const builder = new TimeseriesBuilder().title(panel.title).description(panel.description).unit(panel.unit).span(panel.span ?? 12).height(8)
    .datasource(source).min(0).fillOpacity(panel.stacked === true ? 40 : 10)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true));
  // A share is seen against the whole.
  if (panel.unit === 'percentunit') builder.max(1);
  if (panel.stacked === true) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  for (const target of targets(panel)) builder.withTarget(target);
  return builder;
}
