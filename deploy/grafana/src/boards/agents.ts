import type { Board } from '../board.js';

export const agents: Board = {
  uid: 'neuron-atlas-agents',
  title: 'neuron-atlas / Agents and GPUs',
  description: 'What each agent does with its time, beside what its card says. The cards\' rows need NVIDIA\'s DCGM exporter.',
  variable: { name: 'instance', query: 'label_values(neuronatlas_agent_registered, instance)' },
  rows: [
    { title: 'Agents', panels: [
      { title: 'Busy, by agent', description: 'Share of its time in which the engine computes.', unit: 'percentunit', queries: [{ expr: 'sum by (instance) (rate(neuronatlas_agent_busy_seconds_total{phase="compute",instance=~"$instance"}[5m])) / sum by (instance) (rate(neuronatlas_agent_busy_seconds_total{instance=~"$instance"}[5m]))', legend: '{{instance}}' }] },
      { title: 'Time by phase', description: 'Load: models and programs; upload: the store.', unit: 'percentunit', stacked: true, queries: [{ expr: 'sum by (phase) (rate(neuronatlas_agent_busy_seconds_total{instance=~"$instance"}[5m])) / scalar(sum(rate(neuronatlas_agent_busy_seconds_total{instance=~"$instance"}[5m])))', legend: '{{phase}}' }] },
      { title: 'Units a second, by agent', description: 'Differs with the card and with the layers that it happens to have.', unit: 'short', queries: [{ expr: 'sum by (instance) (rate(neuronatlas_agent_units_processed_total{instance=~"$instance"}[5m]))', legend: '{{instance}}' }] },
      { title: 'Units a second, by model and card', description: 'What a kind of card does with a model: the figure to plan by.', unit: 'short', stacked: true, queries: [{ expr: 'neuronatlas:agent_units_processed:rate5m', legend: '{{model}} on {{device}}' }] },
      { title: 'Uploads', description: 'Bytes of results stored.', unit: 'Bps', queries: [{ expr: 'sum by (instance) (rate(neuronatlas_agent_upload_bytes_total{instance=~"$instance"}[5m]))', legend: '{{instance}}' }] },
      { title: 'Heartbeat, 95th percentile', description: 'Round trip to the coordinator. Beyond a second leases are in danger.', unit: 's', queries: [{ expr: 'histogram_quantile(0.95, sum by (le, instance) (rate(neuronatlas_agent_heartbeat_rtt_seconds_bucket{instance=~"$instance"}[5m])))', legend: '{{instance}}' }] },
      { title: 'Engines that died and were replaced', description: 'Out of memory, most of the time.', unit: 'short', queries: [{ expr: 'sum by (instance) (increase(neuronatlas_agent_engine_starts_total{replaced="true",instance=~"$instance"}[15m]))', legend: '{{instance}}' }] },
    ] },
    { title: 'GPUs (DCGM)', panels: [
      { title: 'Tensor cores active', description: 'Share of time in which they work.', unit: 'percentunit', queries: [{ expr: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', legend: '{{pod}} {{gpu}}' }] },
      { title: 'Engine active', description: 'Share of time in which the card computes anything.', unit: 'percentunit', queries: [{ expr: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE', legend: '{{pod}} {{gpu}}' }] },
      { title: 'Memory used', description: 'Of the frame buffer.', unit: 'mbytes', queries: [{ expr: 'DCGM_FI_DEV_FB_USED', legend: '{{pod}} {{gpu}}' }] },
      { title: 'Power', description: 'A card far below its limit waits for something.', unit: 'watt', queries: [{ expr: 'DCGM_FI_DEV_POWER_USAGE', legend: '{{pod}} {{gpu}}' }] },
    ] },
  ],
};
