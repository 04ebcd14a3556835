import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScratchFolder } from './scratch-folder.js';

let root: string;
beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'scratch-test-')); });
afterEach(async () => { await rm(root, { recursive: true, force: true }); });

describe('createScratchFolder', () => {
  it('clears what dead processes of the same agent left, and nobody else\'s', async () => {
    for (const name of ['a.1', 'a.2', 'a.3', 'b.1', 'a.x']) await mkdir(join(root, name));
    await writeFile(join(root, 'a.3', 'old.parquet'), 'x');
    const own = await createScratchFolder(root, 'a', 3, (pid) => pid === 2);
    expect(own).toBe(join(root, 'a.3'));
    expect((await readdir(root)).sort()).toEqual(['a.2', 'a.3', 'a.x', 'b.1']);
    expect(await readdir(own)).toEqual([]);
  });

  it('says so when there can be no folder', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(createScratchFolder(join(root, 'file'), 'a', 1)).rejects.toMatchObject({ code: 'AGENT_DISK_FAILED' });
  });
});
