import { destination, pino, type Logger } from 'pino';

/** JSON lines on stderr. */
export const createLog = (level: string): Logger => pino({ name: 'coordinator', level, serializers: { err: logged } }, destination({ dest: 2, sync: true }));

/**
 * What the log keeps of an error: named fields only.
 *
 * node-postgres hangs the whole client on its errors, password included, and pino would print it.
 */
export function logged(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code, detail } = error as Error & { code?: unknown; detail?: unknown };
  return {
    type: error.name, message: error.message, stack: error.stack,
    ...(code === undefined ? {} : { code }), ...(detail === undefined ? {} : { detail }),
    ...(error.cause === undefined ? {} : { cause: logged(error.cause) }),
  };
}
