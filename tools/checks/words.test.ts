import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './root.js';

/** Every text file that belongs to the project, ignored ones left out. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 })
  .split('\0').filter((file) => file !== '' && statSync(join(root, file), { throwIfNoEntry: false })?.isFile());
const texts = files.flatMap((file) => {
  const bytes = readFileSync(join(root, file));
  return bytes.subarray(0, 8192).includes(0) ? [] : [{ file, lines: bytes.toString('utf8').split('\n') }];
});

/** The places where a pattern stands, as `file:line`. */
function places(pattern: RegExp, of = texts): readonly string[] {
  return of.flatMap(({ file, lines }) => lines.flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])));
}

// Each pattern is put together from parts, so that this file does not match itself.
const homes = new RegExp(`["'\`(\\s=:]/(${'root'}/|${'work'}/(main|shared)\\b|${'Users'}/\\w+/)`);
const registries = new RegExp(['registry\\.' + 'npmjs', 'registry\\.' + 'yarnpkg', 'arti' + 'factory', 'npm\\.' + 'pkg\\.github', '"resolved": "' + 'http'].join('|'), 'i');

describe('the tree', () => {
  it('is read: sources, documents and the lock file are among its files', () => {
    expect(files).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'libs/errors/src/index.ts']));
  });

  it('holds no path of somebody\'s machine', () => {
    expect(places(homes)).toEqual([]);
  });

  it('holds no host of a package registry, the lock file included', () => {
    expect(places(registries)).toEqual([]);
  });

  it('would find them', () => {
    const sample = [{ file: 'sample', lines: [`open("/${'root'}/x")`, `  "resolved": "${'https'}://x"`] }];
    expect(places(homes, sample)).toEqual(['sample:1']);
    expect(places(registries, sample)).toEqual(['sample:2']);
  });
});
