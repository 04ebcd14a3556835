import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { errors } from '../errors.js';
import { sha256 } from './content-cache.js';
import type { EnginePart } from './protocol.js';

/** A result file in the scratch folder; its key ends in the first digits of its content's sha256. Errors: AGENT_DISK_FAILED. */
export async function writePart(
  { scratchDir }: { readonly scratchDir: string }, content: Uint8Array, keyOf: (digest: string) => string, object: Pick<EnginePart, 'kind' | 'layer' | 'rows'>,
): Promise<EnginePart> {
  const digest = sha256(content);
  const key = keyOf(digest.slice(0, 16));
  const path = join(scratchDir, `${randomUUID()}${extname(key)}`);
  try {
    await writeFile(path, content);
  } catch (cause) {
    throw errors.diskFailed({ path, detail: (cause as Error).message }, cause);
  }
  return { path, key, bytes: content.length, sha256: digest, ...object };
}
