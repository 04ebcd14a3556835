import { createHash } from 'node:crypto';
import pg from 'pg';

/**
 * A client that prepares every statement with parameters once a connection, under a name made of its text.
 *
 * Ours are a few dozen texts. Parsing and planning the claim takes longer than running it.
 */
export class PreparedClient extends pg.Client {
  // The overloads of node-postgres come down to these arguments; Kysely uses (text, values).
  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args;
    const given = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? [{ name: nameOf(text), text, values }, ...rest] : args;
    return (super.query as (...args: unknown[]) => never)(...given);
  }
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `q${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  names.set(text, name);
  return name;
}
