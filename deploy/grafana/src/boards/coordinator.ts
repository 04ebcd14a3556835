import type { Board } from '../board.js';

export const coordinator: Board = {
  uid: 'neuron-atlas-coordinator',
  title: 'neuron-atlas / Coordinator',
  description: 'Calls, database and process of the coordinators.',
  rows: [
    { title: 'Calls', panels: [
      { title: 'Rate, by method', description: 'AcquireLeases is a long poll: its rate is the number of idle agents over the length of a poll.', unit: 'reqps', stacked: true, queries: [{ expr: 'sum by (method) (rate(neuronatlas_grpc_server_handled_total[5m]))', legend: '{{method}}' }] },
      { title: 'Errors, by method and status', description: 'NOT_FOUND and INVALID_ARGUMENT are callers\' mistakes; UNAVAILABLE is the database; INTERNAL is ours.', unit: 'reqps', stacked: true, queries: [{ expr: 'sum by (method, code) (rate(neuronatlas_grpc_server_handled_total{code!="OK"}[5m]))', legend: '{{method}} {{code}}' }] },
      { title: 'Duration, 99th percentile', description: 'Of calls that do not wait for work.', unit: 's', queries: [{ expr: 'histogram_quantile(0.99, sum by (le, method) (rate(neuronatlas_grpc_server_handling_seconds_bucket[5m])))', legend: '{{method}}' }] },
      { title: 'Polls for work, median wait', description: 'Zero means that there is always work; the full poll means that there is none.', unit: 's', queries: [{ expr: 'histogram_quantile(0.5, sum by (le) (rate(neuronatlas_acquire_wait_seconds_bucket[5m])))', legend: 'wait' }] },
      { title: 'Calls under way', description: 'Parked polls are most of them.', unit: 'short', stacked: true, queries: [{ expr: 'sum by (method) (neuronatlas_grpc_server_in_flight)', legend: '{{method}}' }] },
    ] },
    { title: 'Database', panels: [
      { title: 'Time of its calls, 99th percentile', description: 'By what they do, transactions whole.', unit: 's', queries: [{ expr: 'histogram_quantile(0.99, sum by (le, op) (rate(neuronatlas_db_query_seconds_bucket[5m])))', legend: '{{op}}' }] },
      { title: 'Database calls a second', description: 'By what they do.', unit: 'ops', stacked: true, queries: [{ expr: 'sum by (op) (rate(neuronatlas_db_query_seconds_count[5m]))', legend: '{{op}}' }] },
      { title: 'Database reached', description: '0 where a coordinator could not read the queue at its last scrape.', unit: 'short', queries: [{ expr: 'neuronatlas_db_up', legend: '{{instance}}' }] },
    ] },
    { title: 'Process', panels: [
      { title: 'Event loop lag, 99th percentile', description: 'Beyond a tenth of a second calls queue behind something that computes.', unit: 's', queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds * on (instance) group_left () (neuronatlas_build_info{component="coordinator"})', legend: '{{instance}}' }] },
      { title: 'Memory', description: 'Resident.', unit: 'bytes', queries: [{ expr: 'process_resident_memory_bytes * on (instance) group_left () (neuronatlas_build_info{component="coordinator"})', legend: '{{instance}}' }] },
      { title: 'Leader', description: 'The coordinator that shows the queue. Another takes over within a lease\'s life.', unit: 'short', stacked: true, queries: [{ expr: 'neuronatlas_leader{role="queue"}', legend: '{{instance}}' }] },
      { title: 'Terms begun', description: 'One at a start and one at a change. Many mean that coordinators or the database stand still.', unit: 'short', queries: [{ expr: 'sum by (instance) (increase(neuronatlas_leader_terms_total[15m]))', legend: '{{instance}} in 15 minutes' }] },
      { title: 'Versions', description: 'Two while a new one is rolled out.', unit: 'short', stacked: true, queries: [{ expr: 'sum by (component, version) (neuronatlas_build_info)', legend: '{{component}} {{version}}' }] },
    ] },
  ],
};
