import type { Board } from '../board.js';

export const fleet: Board = {
  uid: 'neuron-atlas-fleet',
  title: 'neuron-atlas / Fleet',
  description: 'Is it working, how fast, how much is left, what is wrong.',
  rows: [
    { title: 'Now', panels: [
      { kind: 'stat', title: 'Units a second', description: 'Committed by all agents, over five minutes.', unit: 'short', queries: [{ expr: 'neuronatlas:units_committed:rate5m', legend: '' }] },
      { kind: 'stat', title: 'Left', description: 'Work of running sweeps in seconds of one agent. Empty until the first shards have told how long one takes.', unit: 's', queries: [{ expr: 'neuronatlas:backlog_gpu_seconds:max', legend: '' }] },
      { kind: 'stat', title: 'Done in', description: 'What is left over the agents that are there.', unit: 's', queries: [{ expr: 'neuronatlas:eta_seconds', legend: '' }] },
      { kind: 'stat', title: 'Agents', description: 'With a living session.', unit: 'short', queries: [{ expr: 'sum(neuronatlas:agents:max)', legend: '' }] },
      { kind: 'stat', title: 'Busy', description: 'Share of all agents\' time in which the engine computes: what the money is for.', unit: 'percentunit', queries: [{ expr: 'neuronatlas:agent_busy:ratio_rate5m', legend: '' }] },
      { kind: 'stat', title: 'Quarantined', description: 'Shards of open sweeps that were given up: neuron-atlas quarantine says why.', unit: 'short', queries: [{ expr: 'sum(neuronatlas:shards:max{state="quarantined"}) or vector(0)', legend: '' }] },
    ] },
    { title: 'Over time', panels: [
      { title: 'Units a second, by model', description: 'Falls where agents go, where a sweep reaches expensive layers, or where the store is slow.', unit: 'short', stacked: true, queries: [{ expr: 'sum by (model) (rate(neuronatlas_units_committed_total[5m]))', legend: '{{model}}' }] },
      { title: 'Where agents\' time goes', description: 'Load and idle should be thin. Idle beside a backlog is the costly fault.', unit: 'percentunit', stacked: true, queries: [{ expr: 'neuronatlas:agent_phase:ratio_rate5m', legend: '{{phase}}' }] },
      { title: 'Left, in seconds of one agent', description: 'A straight line down is a healthy sweep.', unit: 's', queries: [{ expr: 'neuronatlas:backlog_gpu_seconds:max', legend: 'left' }] },
      { title: 'Shards by state', description: 'Of open sweeps. Ready that does not shrink means that nobody takes work.', unit: 'short', stacked: true, queries: [{ expr: 'sum by (state) (neuronatlas:shards:max{state!="done"})', legend: '{{state}}' }] },
      { title: 'Agents by provider', description: 'Processors count like cards here: look at units a second beside it.', unit: 'short', stacked: true, queries: [{ expr: 'neuronatlas:agents:max', legend: '{{provider}}' }] },
      { title: 'Results written', description: 'Bytes of committed objects.', unit: 'Bps', queries: [{ expr: 'sum(rate(neuronatlas_result_bytes_committed_total[5m]))', legend: 'committed' }] },
    ] },
  ],
};
