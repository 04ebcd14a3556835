import { destination, pino, type DestinationStream, type Logger } from 'pino';
import { loggedError } from './logged-error.js';
import { redacted } from './redacted.js';

export interface LogOptions {
  /** Which program speaks: coordinator, agent. */
  readonly name: string;
  readonly level: string;
  /** Stands on every line. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** JSON on stderr, one line an event, with nothing secret in it. */
export function createLog({ name, level, fields = {} }: LogOptions, to: DestinationStream = destination({ dest: 2, sync: true })): Logger {
  return pino({ name, level, base: fields, serializers: { err: loggedError } }, { write: (line) => to.write(redacted(line)) });
}
