import type { Board } from '../board.js';

export const sweep: Board = {
  uid: 'neuron-atlas-sweep',
  title: 'neuron-atlas / Sweep',
  description: 'How far a sweep is and when it ends. The fifty oldest that run or ended a moment ago have series of their own.',
  variable: { name: 'sweep', query: 'label_values(neuronatlas_sweep_units, sweep)' },
  setting: { name: 'price', label: 'Price of an agent-hour', value: '3' },
  rows: [
    { title: 'Progress', panels: [
      { kind: 'stat', title: 'Done', description: 'Committed units over all, all stages.', unit: 'percentunit', span: 6, queries: [{ expr: 'neuronatlas:sweep_units_done:max{sweep=~"$sweep"} / neuronatlas:sweep_units:max{sweep=~"$sweep"}', legend: '{{sweep}}' }] },
      { kind: 'stat', title: 'Units left', description: 'Of all stages.', unit: 'short', span: 6, queries: [{ expr: 'neuronatlas:sweep_units:max{sweep=~"$sweep"} - neuronatlas:sweep_units_done:max{sweep=~"$sweep"}', legend: '{{sweep}}' }] },
      { kind: 'stat', title: 'Ends in, at the pace of the last hour', description: 'Units left over the units of the last hour.', unit: 's', span: 6, queries: [{ expr: 'neuronatlas:sweep_eta_seconds:1h{sweep=~"$sweep"}', legend: '{{sweep}}' }] },
      { kind: 'stat', title: 'Ends in, at the pace of the last ten minutes', description: 'The two paces are the ends of the band in which the end lies, as far as the past tells.', unit: 's', span: 6, queries: [{ expr: 'neuronatlas:sweep_eta_seconds:10m{sweep=~"$sweep"}', legend: '{{sweep}}' }] },
      { title: 'Done', description: 'A step is a committed shard.', unit: 'percentunit', queries: [{ expr: 'neuronatlas:sweep_units_done:max{sweep=~"$sweep"} / neuronatlas:sweep_units:max{sweep=~"$sweep"}', legend: '{{sweep}}' }] },
      { title: 'Ends in', description: 'By the pace of the last hour and of the last ten minutes.', unit: 's', queries: [{ expr: 'neuronatlas:sweep_eta_seconds:1h{sweep=~"$sweep"}', legend: '{{sweep}}, last hour' }, { expr: 'neuronatlas:sweep_eta_seconds:10m{sweep=~"$sweep"}', legend: '{{sweep}}, last ten minutes' }] },
    ] },
    { title: 'Cost', panels: [
      { kind: 'stat', title: 'Spent on what is committed', description: 'Seconds of engines in committed shards, at the price above. Idle agents and work done twice come on top: see the time of agents.', unit: 'short', span: 12, queries: [{ expr: 'neuronatlas:sweep_agent_seconds:max{sweep=~"$sweep"} / 3600 * $price', legend: '{{sweep}}' }] },
      { kind: 'stat', title: 'Whole sweep, at this rate', description: 'What was spent, over the share of units that it made. Layers differ: early figures are rough.', unit: 'short', span: 12, queries: [{ expr: 'neuronatlas:sweep_agent_seconds:max{sweep=~"$sweep"} / 3600 * $price * neuronatlas:sweep_units:max{sweep=~"$sweep"} / (neuronatlas:sweep_units_done:max{sweep=~"$sweep"} > 0)', legend: '{{sweep}}' }] },
      { title: 'Seconds of engines for a unit', description: 'Of committed shards, so far: the price of a picture before the price of an hour.', unit: 's', queries: [{ expr: 'neuronatlas:sweep_agent_seconds:max{sweep=~"$sweep"} / (neuronatlas:sweep_units_done:max{sweep=~"$sweep"} > 0)', legend: '{{sweep}}' }] },
      { title: 'Time of agents used, all sweeps', description: 'Agent-hours an hour: multiply by the price of an hour.', unit: 'short', queries: [{ expr: 'sum by (phase) (rate(neuronatlas_agent_busy_seconds_total[15m]))', legend: '{{phase}}' }], stacked: true },
      { title: 'Seconds of an agent for a unit, all sweeps', description: 'All time, idle included, over committed units.', unit: 's', span: 24, queries: [{ expr: 'sum(rate(neuronatlas_agent_busy_seconds_total[15m])) / sum(rate(neuronatlas_units_committed_total[15m]))', legend: 'seconds' }] },
    ] },
    { title: 'Failures', panels: [
      { title: 'Failed shards, by class', description: 'BAD_INPUT and POISON stay with the shard, INFRA and TRANSIENT with the machine.', unit: 'short', stacked: true, queries: [{ expr: 'sum by (class) (increase(neuronatlas_shard_failed_total[15m]))', legend: '{{class}}' }] },
      { title: 'Quarantined', description: 'Given up: neuron-atlas quarantine.', unit: 'short', queries: [{ expr: 'sum(increase(neuronatlas_shard_quarantined_total[15m]))', legend: 'in 15 minutes' }] },
    ] },
  ],
};
