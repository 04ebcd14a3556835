import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  layerPath, noMeasures, termFileParts, termsPath, webSha256, writeIndex, writeSynthesis, writeTerms, writeUnits, type AtlasFile, type AtlasManifest, type TermRow,
} from '@neuron-atlas/atlas';
import { chromium, type Browser, type Page } from 'playwright-core';
import sharp from 'sharp';
import { median } from '../median.js';

const unitsPerLayer = 2500;
const unitsPerFile = 125;
const side = 128;

/**
 * The viewer on an atlas of a million units behind HTTP on the loopback address: a cold link to a unit, the wall, its memory,
 * the search by name, and whether anything grows with the size of the atlas at the start.
 *
 * The atlas is not on disk: the server makes the files of a layer when its index is first asked for (before the clock runs), of
 * 32 pictures of 128 × 128 that repeat. Files, rows and sizes are those of a real sweep.
 */
export async function viewer(): Promise<void> {
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    console.log(`Chromium ${browser.version()}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${side} px pictures`);
    console.log('units      layers  index.json  cold link ms  requests  bytes at start   wall fps  slowest frame ms  script heap MB   search ms  by words ms   model page ms  requests');
    for (const layers of [4, 400]) {
      const server = await serve(layers);
      const cold = [];
      for (let i = 0; i < 5; i++) cold.push(await coldLink(browser, `${server.url}#/layer002/${i * 311 + 7}`));
      const wall = await scrollWall(browser, `${server.url}#/layer002`);
      const model = await modelPage(browser, server.url);
      console.log([
        String(layers * unitsPerLayer).padEnd(10), String(layers).padStart(6), String(server.indexBytes).padStart(11), median(cold.map(({ ms }) => ms)).toFixed(0).padStart(13),
        String(Math.max(...cold.map(({ requests }) => requests))).padStart(9), String(Math.max(...cold.map(({ bytes }) => bytes))).padStart(15),
        wall.fps.toFixed(1).padStart(10), wall.slowest.toFixed(0).padStart(17), wall.heapMb.toFixed(1).padStart(15), (await searchMs(browser, server.url)).toFixed(0).padStart(11), (await wordsMs(browser, server.url)).toFixed(0).padStart(12),
        model.ms.toFixed(0).padStart(15), String(model.requests).padStart(9),
      ].join(' '));
      await server.close();
    }
  } finally {
    await browser.close();
  }
}

/** From the first byte of the address to the first picture decoded, in a fresh profile; what was asked for until then. */
async function coldLink(browser: Browser, url: string): Promise<{ readonly ms: number; readonly requests: number; readonly bytes: number }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const asked: string[] = [];
  let bytes = 0;
  page.on('request', (request) => { if (request.url().startsWith('http')) asked.push(request.url()); });
  page.on('response', (response) => { bytes += Number(response.headers()['content-length'] ?? 0); });
  const begun = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => {
    const image = document.querySelector<HTMLImageElement>('.view-picture img');
    return image?.complete === true && image.naturalWidth > 0;
  }, undefined, { polling: 'raf' });
  const ms = performance.now() - begun;
  // The picture is the second part of its file, after the end that says where it lies; what is asked for behind it is not for it.
  const requests = asked.findIndex((one, i) => one.includes('/synthesis/') && asked.indexOf(one) < i) + 1;
  const found = { ms, requests, bytes };
  await context.close();
  return found;
}

/** The page of the model in a fresh profile, until the pictures near the top of the screen are there. */
async function modelPage(browser: Browser, url: string): Promise<{ readonly ms: number; readonly requests: number }> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  let requests = 0;
  page.on('request', (request) => { if (request.url().startsWith('http')) requests++; });
  const begun = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => {
    const seen = [...document.querySelectorAll('.strip .picture')].filter((picture) => picture.getBoundingClientRect().top < innerHeight);
    return seen.length > 0 && seen.every((picture) => picture instanceof HTMLImageElement && picture.complete);
  }, undefined, { polling: 'raf' });
  const found = { ms: performance.now() - begun, requests };
  await context.close();
  return found;
}

async function scrollWall(browser: Browser, url: string): Promise<{ readonly fps: number; readonly slowest: number; readonly heapMb: number }> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  await page.goto(url);
  await page.locator('.tile img').first().waitFor();
  // Down and up again for six seconds, 50 pixels a frame: a wall of 2,500 units is some 34,000 pixels high.
  const frames = await page.evaluate(() => new Promise<number[]>((resolve) => {
    const times: number[] = [];
    let [last, way, start] = [0, 50, 0];
    const frame = (now: number): void => {
      if (last > 0) times.push(now - last);
      else start = now;
      last = now;
      if (scrollY + innerHeight >= document.documentElement.scrollHeight - 2) way = -50;
      scrollBy({ top: way, behavior: 'instant' });
      if (now - start < 6000) requestAnimationFrame(frame);
      else resolve(times);
    };
    requestAnimationFrame(frame);
  }));
  const heapMb = await heap(page);
  await page.close();
  return { fps: (1000 * frames.length) / frames.reduce((sum, ms) => sum + ms, 0), slowest: Math.max(...frames), heapMb };
}

async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 1e6;
}

/** From the last key of a name to its results on the page. */
async function searchMs(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage();
  await page.goto(`${url}#~search`);
  await page.locator('main input[type="search"]').fill('layer00');
  await page.locator('.result').first().waitFor();
  const times = [];
  for (const name of ['layer002/17', 'layer001/2000', 'layer003 99']) {
    times.push(await page.evaluate((typed) => new Promise<number>((resolve) => {
      const field = document.querySelector<HTMLInputElement>('main input[type="search"]')!;
      const begun = performance.now();
      field.value = typed;
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      const wanted = typed.replace(' ', '/');
      const look = (): void => {
        if ([...document.querySelectorAll('.result strong')].some(({ textContent }) => textContent === wanted)) resolve(performance.now() - begun);
        else requestAnimationFrame(look);
      };
      look();
    }), name));
  }
  await page.close();
  return median(times);
}

/** From the last key of a word to the units whose pictures are called so, once the first search has loaded the index. */
async function wordsMs(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage();
  await page.goto(`${url}#~search`);
  await page.locator('main input[type="search"]').fill(wordOf(7));
  await page.locator('section[aria-labelledby="words-title"] .result').first().waitFor();
  const times = [];
  for (const word of [500, 123, 998, 41, 777].map(wordOf)) {
    times.push(await page.evaluate((typed) => new Promise<number>((resolve) => {
      const field = document.querySelector<HTMLInputElement>('main input[type="search"]')!;
      const begun = performance.now();
      field.value = typed;
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      const look = (): void => {
        const section = document.querySelector('section[aria-labelledby="words-title"]');
        if (section?.querySelector('.section-head .quiet')?.textContent.includes(`“${typed}”`) === true && section.querySelector('.result strong') !== null) resolve(performance.now() - begun);
        else requestAnimationFrame(look);
      };
      look();
    }), word));
  }
  await page.close();
  return median(times);
}

const words = 1000;
const wordOf = (word: number): string => `word${String(word).padStart(3, '0')}`;

interface TermFile { readonly path: string; readonly rows: number; readonly bytes: number; readonly first: string; readonly last: string }

/** A row for each unit of the atlas: one word that some of its pictures are called by. */
function* termRows(ids: readonly string[]): Generator<TermRow> {
  for (let word = 0; word < words; word++) {
    for (const [i, layer] of ids.entries()) {
      for (let unit = (word + 37 * i) % words; unit < unitsPerLayer; unit += words) yield { term: wordOf(word), layer, unit, hits: 3, rank: 0 };
    }
  }
}

async function serve(layerCount: number): Promise<{ readonly url: string; readonly indexBytes: number; close(): Promise<void> }> {
  const html = await readFile(join('apps', 'viewer', 'dist', 'page', 'index.html'));
  const pictures = await Promise.all(Array.from({ length: 32 }, (_, i) => picture(i)));
  const ids = Array.from({ length: layerCount }, (_, i) => `layer${String(i).padStart(3, '0')}`);
  const objects = new Map<string, Uint8Array>();
  const manifest: AtlasManifest = {
    version: 2, model: { name: 'synthetic', sha256: 'a'.repeat(64), bytes: 1e8, preprocess: {} },
    layers: ids.map((id, i) => ({ id, path: layerPath(id), op: 'Conv', site: 'pre', units: unitsPerLayer, selected: [[0, unitsPerLayer]], inputs: i === 0 ? [] : [ids[i - 1]!], healthy: unitsPerLayer, flagged: 0, dead: 0 })),
    views: [{ kind: 'synthesis', prior: 'fourier', objective: 'channel', seeds: [0] }], spec: {}, files: [],
    dataset: { exemplars: { top: 9, bottom: 9, quantiles: 5 }, publish: 'links', list: 'a'.repeat(64), samples: 1e6, skipped: 0, terms: words },
    totals: { layers: layerCount, units: layerCount * unitsPerLayer, pictures: layerCount * unitsPerLayer, exemplars: 0, projections: 0, healthy: layerCount * unitsPerLayer, flagged: 0 } as unknown as AtlasManifest['totals'],
  };
  const index = writeIndex(manifest, []).find(({ path }) => path === 'index.json')!.data;
  objects.set('index.json', index);
  const terms: TermFile[] = [];
  for (const { rows, first, last } of termFileParts(termRows(ids))) {
    const data = writeTerms(rows);
    const path = `terms/${String(terms.length).padStart(5, '0')}.parquet`;
    objects.set(path, data);
    terms.push({ path, rows: rows.length, bytes: data.length, first, last });
  }
  objects.set(termsPath, new TextEncoder().encode(JSON.stringify({ version: 1, files: terms })));
  for (const id of ids.slice(0, 4)) for (const [key, data] of await layerObjects(manifest, id, pictures)) objects.set(key, data);

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const data = path === '/' ? html : objects.get(path.replace(/^\/atlas\//, ''));
    if (data === undefined) return void response.writeHead(404).end();
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = start === undefined ? data : data.subarray(Number(start), Number(end) + 1);
    response.writeHead(start === undefined ? 200 : 206, {
      'content-type': path === '/' ? 'text/html' : 'application/octet-stream', 'content-length': part.length, 'accept-ranges': 'bytes',
      ...(start === undefined ? {} : { 'content-range': `bytes ${start}-${Number(start) + part.length - 1}/${data.length}` }),
    }).end(part);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, indexBytes: index.length,
    close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
}

/** The index, the units and the pictures of one layer. */
async function layerObjects(manifest: AtlasManifest, id: string, pictures: readonly Uint8Array[]): Promise<readonly (readonly [string, Uint8Array])[]> {
  const found: [string, Uint8Array][] = [];
  const files: AtlasFile[] = [];
  const add = async (path: string, data: Uint8Array, rest: Pick<AtlasFile, 'kind' | 'rows'> & Partial<AtlasFile>): Promise<void> => {
    found.push([path, data]);
    files.push({ path, layer: id, bytes: data.length, sha256: await webSha256(data.subarray(0, 64)), ...rest });
  };
  const best = { view: 0, prior: 'fourier', objective: 'channel', seed: 0, scoreStart: 0 };
  for (let start = 0; start < unitsPerLayer; start += unitsPerFile) {
    const data = writeSynthesis(Array.from({ length: unitsPerFile }, (_, i) => ({
      layer: id, unit: start + i, view: 0, prior: 'fourier', priorVersion: 1, objective: 'channel', objectiveVersion: 1, seed: 0, steps: 96, scoreStart: 0, score: (start + i) % 97,
      scoreTrace: Array.from({ length: 64 }, (__, step) => step), imageFormat: 'png', width: side, height: side, health: [], reason: '', provenance: '{}', image: pictures[(start + i) % pictures.length]!,
    })));
    await add(`synthesis/${id}/0-${start}.parquet`, data, { kind: 'synthesis', view: 0, unitStart: start, unitEnd: start + unitsPerFile, rows: unitsPerFile });
  }
  await add(`units/${id}.parquet`, writeUnits(id, Array.from({ length: unitsPerLayer }, (_, unit) => ({
    ...noMeasures, layer: id, unit, health: [], reason: '', scoreStart: 0, score: unit % 97, bestScores: [{ ...best, score: unit % 97 }],
  }))), { kind: 'units', rows: unitsPerLayer });
  const page = writeIndex({ ...manifest, files }, []).find(({ layer }) => layer === id)!;
  return [...found, [page.path, page.data]];
}

/** A noisy picture, as large when encoded as a synthesised one: about 30 kB. */
async function picture(seed: number): Promise<Uint8Array> {
  let state = seed * 2_654_435_761 + 1;
  const raw = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 128 + 90 * Math.sin(i / (20 + seed)) + ((state >>> 24) % 24);
  });
  return new Uint8Array(await sharp(raw, { raw: { width: side, height: side, channels: 3 } }).png().toBuffer());
}
