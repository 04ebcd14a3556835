export { boundedLabel } from './bounded-label.js';
export { Counter, Gauge, Histogram, type Registry } from 'prom-client';
export { createLog, type LogOptions } from './create-log.js';
export { createRegistry, prefix } from './create-registry.js';
export { errors as telemetryErrors } from './errors.js';
export { loggedError } from './logged-error.js';
export { parseHostPort, type HostPort } from './parse-host-port.js';
export { redacted } from './redacted.js';
export { serveOperations, type Operations, type OperationsOptions } from './serve-operations.js';
