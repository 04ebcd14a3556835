/**
 * What a log keeps of an error: named fields only.
 *
 * node-postgres hangs the whole client on its errors, password included, and pino would print it.
 */
export function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code, detail } = error as Error & { code?: unknown; detail?: unknown };
  return {
    type: error.name, message: error.message, stack: error.stack,
    ...(code === undefined ? {} : { code }), ...(detail === undefined ? {} : { detail }),
    ...(error.cause === undefined ? {} : { cause: loggedError(error.cause) }),
  };
}
