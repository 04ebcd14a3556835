import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findBinaries } from './find-binaries.js';
import { serverUser } from './server-user.js';

const folders: string[] = [];
afterEach(() => { for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true }); });

/** A folder that only we may enter, as `mktemp -d` and /root are. */
function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'binaries-'));
  folders.push(folder);
  return folder;
}

const version = (file: string): string => execFileSync(file, ['--version'], { cwd: '/', ...serverUser()?.ids, encoding: 'utf8' });

describe('findBinaries', () => {
  it('finds a PostgreSQL of version 18 that the server\'s user can run', () => {
    const { postgres, initdb } = findBinaries(serverUser());
    expect(version(postgres)).toMatch(/^postgres \(PostgreSQL\) 18\./);
    expect(version(initdb)).toMatch(/^initdb \(PostgreSQL\) 18\./);
  });

  // Only root hands the server to another user.
  it.runIf(process.getuid?.() === 0)('copies it once to where that user can go, when the project lies in a private folder', () => {
    const clone = privateFolder();
    const shared = privateFolder();
    chmodSync(shared, 0o1777);
    const native = dirname(dirname(findBinaries(serverUser()).postgres));
    mkdirSync(join(clone, 'package'));
    cpSync(join(native, '../package.json'), join(clone, 'package/package.json'));
    cpSync(native, join(clone, 'package/native'), { recursive: true, verbatimSymlinks: true });

    const first = findBinaries(serverUser(), join(clone, 'package/native'), shared);
    expect(first.postgres.startsWith(shared)).toBe(true);
    expect(version(first.postgres)).toMatch(/^postgres \(PostgreSQL\) 18\./);
    expect(findBinaries(serverUser(), join(clone, 'package/native'), shared)).toEqual(first);
    expect(readdirSync(shared)).toHaveLength(1);

    // A folder of that name that others may write to is not trusted.
    const copy = join(shared, readdirSync(shared)[0]!);
    chmodSync(copy, 0o777);
    const other = findBinaries(serverUser(), join(clone, 'package/native'), shared);
    expect(other.postgres.startsWith(`${copy}/`)).toBe(false);
    expect(lstatSync(dirname(dirname(other.postgres))).mode & 0o022).toBe(0);
  });

  it('says so where there is none', () => {
    expect(() => findBinaries(serverUser(), privateFolder(), privateFolder())).toThrow(expect.objectContaining({ code: 'COORDINATOR_POSTGRES_MISSING' }));
  });
});
