import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAtlas, type Atlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../neuron-atlas.fixture.js';
import { neuronAtlas, repository } from './small-sweep.fixture.js';

const python = process.env['E2E_PYTHON'];
const page = await readFile(join(repository, 'docs/atlas-format.md'), 'utf8');
const snippets = (language: string, comment: string): ReadonlyMap<string, string> =>
  new Map([...page.matchAll(new RegExp(`^\`\`\`${language}\\n${comment} (.*)\\n([^]*?)^\`\`\``, 'gm'))].map(([, title, code]) => [title!, code!]));
const pythonSnippets = snippets('python', '#');
const sqlSnippets = snippets('sql', '--');

/** An atlas of a few units with a data set and measures of quality, in folders that are named for what they show: the demo measures none. */
async function worded(folder: string): Promise<void> {
  for (const [name, shape] of Object.entries({ disc: '<circle cx="32" cy="32" r="18"/>', square: '<rect x="14" y="14" width="36" height="36"/>' })) {
    await mkdir(join(folder, 'pictures', name), { recursive: true });
    for (const [i, colour] of ['red', 'green', 'blue', 'gold', 'black', 'white'].entries()) {
      await sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" fill="${colour}"><rect width="64" height="64" fill="#8a8f98"/>${shape}</svg>`)).png().toFile(join(folder, 'pictures', name, `${i}.png`));
    }
  }
  await writeFile(join(folder, 'sweep.yaml'), [
    'name: worded', `model: { path: ${JSON.stringify(join(repository, 'examples/demo/demo.onnx'))}, preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } }`,
    'units: { layers: [conv2], channels: "0-3" }', 'dataset: { path: pictures }', 'views: { exemplars: { top: 9, bottom: 2, quantiles: 1 }, synthesis: [{ prior: fourier, objective: channel, steps: 8, size: 32, batch: 4 }] }', 'quality: { batch: 4 }', 'output: ./atlas', '',
  ].join('\n'));
  expect(await neuronAtlas(['run', 'sweep.yaml'], folder)).toMatchObject({ code: 0 });
}

let home = '';
let atlas: Atlas;
beforeAll(async () => {
  await compile();
  home = process.env['E2E_CACHE'] ?? await mkdtemp(join(tmpdir(), 'neuron-atlas-python-'));
  expect(await neuronAtlas(['demo'], home)).toMatchObject({ code: 0 });
  await rm(join(home, 'dataset'), { recursive: true, force: true });
  expect(await neuronAtlas(['export', 'atlas-demo', 'dataset', '--format', 'huggingface'], home)).toMatchObject({ code: 0 });
  await worded(join(home, 'worded'));
  atlas = await openAtlas(await openStore(join(home, 'atlas-demo')));
}, 600_000);
afterAll(async () => {
  await rm(join(home, 'dataset'), { recursive: true, force: true });
  await rm(join(home, 'huggingface'), { recursive: true, force: true });
});

/** Runs a program as a person would who has never heard of this project, and reads what it prints as JSON. */
function runPython(code: string, cwd: string): Promise<unknown> {
  const env = { ...process.env, HF_HOME: join(home, 'huggingface'), HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1', HF_DATASETS_DISABLE_PROGRESS_BARS: '1' };
  return new Promise((resolve, reject) => {
    execFile(python!, ['-c', code], { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout.trim().split('\n').at(-1)!));
      else reject(new Error(`${code}\n${stderr}`));
    });
  });
}

/** What is printed behind a snippet, and what our own reader says. */
const checks: Readonly<Record<string, { readonly folder: string; readonly print: string; readonly expected: () => Promise<unknown> }>> = {
  'the units that no picture could move': {
    folder: 'atlas-demo', print: 'print(flagged.sort_values(["layer", "unit"]).to_json(orient="records"))',
    expected: async () => {
      const rows = (await Promise.all(atlas.manifest.layers.map(({ id }) => atlas.units(id)))).flat().filter(({ health }) => health.length > 0);
      return rows.map(({ layer, unit, reason }) => ({ layer, unit, reason })).sort((a, b) => (a.layer < b.layer ? -1 : a.layer > b.layer ? 1 : a.unit - b.unit));
    },
  },
  'how much the pictures of each layer raise the score, without reading a picture': {
    folder: 'atlas-demo', print: 'print(gain.to_json())',
    expected: async () => Object.fromEntries(await Promise.all(atlas.manifest.layers.map(async ({ id }) => {
      const pictures = (await Promise.all((await atlas.units(id)).map(({ unit }) => atlas.synthesis(id, unit)))).flat();
      return [id, expect.closeTo(pictures.reduce((sum, { score, scoreStart }) => sum + score - scoreStart, 0) / pictures.length, 3) as unknown] as const;
    }))),
  },
  'one picture, as pixels': {
    folder: 'atlas-demo', print: 'print([pixels.width, pixels.height, *[sum(channel.getdata()) for channel in pixels.convert("RGB").split()]])',
    expected: async () => {
      const [row] = await atlas.synthesis('conv1', 7);
      const { channels } = await sharp(row!.image!).stats();
      return [row!.width, row!.height, ...channels.slice(0, 3).map(({ sum }) => sum)];
    },
  },
  'how a picture was made': {
    folder: 'atlas-demo', print: 'print(json.dumps([int(first["unit"]), made["prior"]["name"], made["model"]["sha256"]]))',
    expected: async () => [expect.any(Number), 'fourier', atlas.manifest.model.sha256],
  },
  'all pictures as a data set of Hugging Face, as the atlas lies': {
    folder: 'atlas-demo', print: 'import json\nprint(json.dumps([len(pictures), sorted(set(pictures["layer"])), len(pictures[0]["image"]) > 100]))',
    expected: async () => [atlas.manifest.totals.pictures, atlas.manifest.layers.map(({ id }) => id).sort(), true],
  },
  'the folder that `export --format huggingface` writes': {
    folder: '.', print: 'import json\nrow = next(r for r in dataset if r["layer"] == "conv1" and r["unit"] == 7)\nprint(json.dumps([len(dataset), row["prior"], row["score"], *[sum(c.getdata()) for c in row["image"].convert("RGB").split()]]))',
    expected: async () => {
      const [row] = await atlas.synthesis('conv1', 7);
      const { channels } = await sharp(row!.image!).stats();
      return [atlas.manifest.totals.pictures, 'fourier', expect.closeTo(row!.score, 5), ...channels.slice(0, 3).map(({ sum }) => sum)];
    },
  },
};

describe.skipIf(python === undefined)(`an atlas read with Python${python === undefined ? ' (left out: there is no Python 3 here)' : ''}`, () => {
  it('has a check for every snippet of docs/atlas-format.md', () => {
    expect([...pythonSnippets.keys()].sort()).toEqual(Object.keys(checks).sort());
    expect(sqlSnippets.size).toBeGreaterThan(3);
  });

  it.each([...pythonSnippets])('%s', async (title, code) => {
    const { folder, print, expected } = checks[title]!;
    expect(await runPython(`${code}\n${print}`, join(home, folder))).toEqual(await expected());
  });

  it.each([...sqlSnippets])('%s, with DuckDB in Python', async (_, sql) => {
    const rows = await runPython(`import duckdb, json\nprint(len(duckdb.sql(${JSON.stringify(sql.trim().replace(/;$/, ''))}).fetchall()))`, join(home, /terms\/|quality/.test(sql) ? 'worded/atlas' : 'atlas-demo'));
    expect(rows).toBeGreaterThan(0);
  });
});
