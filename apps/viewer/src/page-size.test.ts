import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

/** Script, style and all, as set-up builds it; what only the live page needs lies in assets/ and is asked for there alone. */
const page = new URL('../dist/page/index.html', import.meta.url);
const mostBytes = 150_000;

describe('the page', () => {
  it(`takes at most ${mostBytes / 1000} kB when it is compressed`, async () => {
    const html = await readFile(page);
    expect(html.toString()).toMatch(/<script type="module">[^]{10000}/);
    expect(html.toString()).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="(?!data:)/);
    expect(gzipSync(html).length).toBeLessThanOrEqual(mostBytes);
  });
});
