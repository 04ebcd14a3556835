import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { imageType, PictureStore } from './picture-store.js';

beforeEach(() => { let made = 0; vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:${made++}`); vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => undefined); });
afterEach(() => { vi.restoreAllMocks(); });
const png = Uint8Array.of(0x89, 0x50);
const soon = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 0); });

describe('PictureStore', () => {
  it('loads a picture once, however many want it and whenever', async () => {
    const store = new PictureStore();
    const load = vi.fn(async () => { await soon(); return png; });
    const got: (string | undefined)[] = [];
    const want = (): void => { store.want({ key: 'a', load }, (url) => got.push(url)); };
    want();
    want();
    await Promise.resolve();
    want();            // while it runs
    await soon();
    await soon();
    want();            // when it is there
    expect([load.mock.calls.length, got]).toEqual([1, ['blob:0', 'blob:0', 'blob:0', 'blob:0']]);
    expect(store.known('a')).toBe('blob:0');
  });

  it('loads a few at a time, what the page wanted last first, and never what nobody wants any more', async () => {
    const store = new PictureStore();
    const begun: string[] = [];
    const release: (() => void)[] = [];
    const want = (key: string): (() => void) => store.want({ key, load: async () => { begun.push(key); await new Promise<void>((resolve) => { release.push(resolve); }); return png; } }, () => undefined);
    for (let i = 0; i < 26; i++) want(`old${i}`);
    await Promise.resolve();
    expect(begun).toEqual(Array.from({ length: 24 }, (_, i) => `old${i}`));
    const gone = want('gone');
    want('new');
    gone();
    await soon();
    release[0]!();
    await soon();
    release[1]!();
    await soon();
    expect(begun.slice(24)).toEqual(['new', 'old24']);
  });

  it('says where there is none and where it failed, and tries a failed one again', async () => {
    const store = new PictureStore();
    const said: unknown[] = [];
    store.want({ key: 'none', load: async () => undefined }, (url, error) => said.push([url, error]));
    const failure = new Error('cut off');
    let tries = 0;
    const load = async (): Promise<Uint8Array> => { if (tries++ === 0) throw failure; return png; };
    store.want({ key: 'x', load }, (url, error) => said.push([url, error]));
    await soon();
    store.want({ key: 'x', load }, (url) => said.push([url, undefined]));
    await soon();
    expect(said).toEqual([[undefined, undefined], [undefined, failure], ['blob:0', undefined]]);
  });
});

describe('imageType', () => {
  it('goes by the first bytes', () => {
    expect([imageType(png), imageType(Uint8Array.of(0xff, 0xd8)), imageType(Uint8Array.of(0x52, 0x49))]).toEqual(['image/png', 'image/jpeg', 'image/webp']);
  });
});
