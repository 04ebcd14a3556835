import { readFileSync } from 'node:fs';
import { errors } from '../errors.js';

/** Whom the server runs as where we are root, which PostgreSQL refuses to be. */
export interface ServerUser {
  readonly name: string;
  readonly ids: { readonly uid: number; readonly gid: number };
}

/** `postgres` where the system has that user, else `nobody`; undefined where we are an ordinary user ourselves. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find(([user]) => user === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { name, ids: { uid: Number(uid), gid: Number(gid) } };
  }
  throw errors.postgresMissing({ platform: 'root', reason: 'PostgreSQL does not run as root, and this system has neither a user postgres nor nobody' });
}
