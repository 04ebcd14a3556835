export { boundedLabel } from './bounded-label.js';
export { Counter, Gauge, Histogram, type Registry } from 'prom-client';
export { createRegistry, prefix } from './create-registry.js';
export { errors as telemetryErrors } from './errors.js';
export { parseHostPort, type HostPort } from './parse-host-port.js';
export { serveOperations, type Operations, type OperationsOptions } from './serve-operations.js';
