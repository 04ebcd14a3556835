import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../neuron-atlas.fixture.js';
import { neuronAtlas, smallModel } from './small-sweep.fixture.js';
import { onTerminal, TerminalCommand } from './terminal.fixture.js';

let home = '';
beforeAll(async () => {
  await compile();
  home = await mkdtemp(join(tmpdir(), 'neuron-atlas-terminal-'));
  await writeFile(join(home, 'small.onnx'), smallModel());
});
afterAll(() => rm(home, { recursive: true, force: true }));

const escape = '\u001b';

describe('neuron-atlas at a terminal', () => {
  it('init reads the model and writes a spec', async () => {
    const { code, screen } = await onTerminal(['init', 'small.onnx'], home);
    expect(screen.text()).toMatch(/wrote +.*sweep\.yaml\nmodel +small: 4 layers, 30 units\nnext +neuron-atlas plan sweep\.yaml/);
    expect(code).toBe(0);
    expect(await readFile(join(home, 'sweep.yaml'), 'utf8')).toContain('path: "small.onnx"');
  });

  it('plan states the cost before anything is done', async () => {
    const { code, screen } = await onTerminal(['plan', 'sweep.yaml'], home);
    expect(screen.text()).toMatch(/sweep +small: 4 layers, 30 units of small/);
    expect(screen.text()).toMatch(/^synthesis +4 /m);
    expect(code).toBe(0);
    expect(await readdir(home)).not.toContain('atlas-small');
  });

  it('run draws bars over each other, and ends with a summary', async () => {
    const { code, screen } = await onTerminal(['run', 'sweep.yaml'], home);
    expect({ code, text: screen.text() }).toEqual({ code: 0, text: expect.stringMatching(/units +30\n/) });
    // One bar for each stage, full: what came before has been drawn over.
    const bars = screen.lines().filter((line) => /^(synthesis|publish) .*%/.test(line));
    expect(bars).toHaveLength(2);
    expect(bars[0]).toMatch(/^synthesis +█{24} 100% \| 30 of 30 units/);
    expect(screen.text()).toMatch(/atlas +.*atlas-small$/m);
  });

  it('run stops at the first Ctrl-C, says so, and goes on from there', async () => {
    await writeFile(join(home, 'long.yaml'), (await readFile(join(home, 'sweep.yaml'), 'utf8')).replace('steps: 96', 'steps: 900').replace('atlas-small', 'atlas-long'));
    const stopped = new TerminalCommand(['run', 'long.yaml'], home);
    await stopped.shows(/synthesis .*%/);
    stopped.interrupt();
    expect(await stopped.ended).toBe(130);
    expect(stopped.text()).toMatch(/stopping; once more to stop at once/);
    expect(stopped.text()).toMatch(/CLI_INTERRUPTED: run was stopped\n {2}run the same command again: it resumes/);
    const { code, screen } = await onTerminal(['run', 'long.yaml'], home);
    expect(code).toBe(0);
    expect(screen.text()).toMatch(/units +30\n/);
  });

  it('watch and status show a sweep of a standing coordinator', async () => {
    const up = new TerminalCommand(['up', '--listen', '127.0.0.1:0', '--state', 'standing'], home);
    const [, address] = await up.shows(/coordinator +(127\.0\.0\.1:\d+)/);
    await writeFile(join(home, 'other.yaml'), (await readFile(join(home, 'sweep.yaml'), 'utf8')).replace('seeds: [0]', 'seeds: [1]').replace('atlas-small', 'atlas-other'));
    const submitted = await onTerminal(['submit', 'other.yaml', '--coordinator', address!], home);
    const [, id] = await submitted.screen.shows(/sweep +(\S+)/);
    const watch = new TerminalCommand(['watch', id!, '--coordinator', address!], home);
    expect(await watch.ended).toBe(0);
    expect(watch.lines().filter((line) => /^synthesis .*%/.test(line))).toEqual([expect.stringMatching(/█{24} 100% \| 30 of 30 units/)]);
    expect(watch.text()).toMatch(/^done: .*nothing failed/m);
    expect(watch.text()).toMatch(/^local-0 +cpu/m);
    const { code, screen } = await onTerminal(['status', id!, '--coordinator', address!], home);
    expect(code).toBe(0);
    expect(screen.text()).toMatch(/done: 30 of 30 units \(100 %\)/);
    expect(screen.text()).toMatch(/^publish +1 +1 +0/m);
    up.interrupt();
    expect(await up.ended).toBe(0);
  });

  it('unit draws the picture of the atlas, two pixels to a sign', async () => {
    const { code, screen } = await onTerminal(['unit', 'atlas-small', 'three/4', '--png', 'unit.png'], home);
    expect(code).toBe(0);
    expect(screen.text()).toMatch(/unit +three\/4\n/);
    const top = screen.lines().findIndex((line) => line.startsWith('▀▀▀▀'));
    expect(top).toBeGreaterThan(3);
    const width = screen.lines()[top]!.length;
    // The same picture, made as large by another hand: an average over the picture does not depend on the filter.
    const wanted = (await sharp(join(home, 'unit.png')).removeAlpha().stats()).channels.map(({ mean }) => mean);
    const pixels: number[] = [];
    for (let y = top; screen.lines()[y]?.startsWith('▀') === true; y++) {
      for (let x = 0; x < width; x++) {
        const { text, ink, ground } = screen.cell(y, x);
        expect(text).toBe('▀');
        pixels.push(ink!, ground!);
      }
    }
    const drawn = [16, 8, 0].map((shift) => pixels.reduce((sum, pixel) => sum + ((pixel >> shift) & 0xff), 0) / pixels.length);
    drawn.forEach((value, channel) => { expect(Math.abs(value - wanted[channel]!)).toBeLessThan(4); });
  });

  it('export and diff', async () => {
    const exported = await onTerminal(['export', 'atlas-small', 'pictures'], home);
    expect(exported.code).toBe(0);
    expect(exported.screen.text()).toMatch(/wrote +.*pictures\npictures +30$/m);
    const { code, screen } = await onTerminal(['diff', 'atlas-small', 'atlas-other', '--top', '3'], home);
    expect(code).toBe(0);
    expect(screen.text()).toMatch(/^the same model\n/);
    expect(screen.text()).toMatch(/the 3 units that changed most:\nunit +first +second +change/);
  });

  it('demo ends with the viewer standing on the atlas, until Ctrl-C', async () => {
    // Where the browser's walk has made the demo already, this is a second's work; else it is the demo itself.
    const folder = process.env['E2E_CACHE'] ?? home;
    await mkdir(folder, { recursive: true });
    const demo = new TerminalCommand(['demo'], folder);
    const [, url] = await demo.shows(/viewer +(http:\/\/127\.0\.0\.1:\d+\/)/);
    const page = await fetch(url!);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>neuron-atlas</title>')]);
    const index = await (await fetch(new URL('atlas/index.json', url))).json() as { model: { name: string } };
    expect(index.model.name).toBe('demo');
    demo.interrupt();
    expect(await demo.ended).toBe(0);
    await expect(fetch(url!)).rejects.toThrow();
  }, 600_000);

  it.each([['plan', 'sweep.yaml'], ['run', 'sweep.yaml'], ['unit', 'atlas-small', 'one/0'], ['diff', 'atlas-small', 'atlas-other']])('%s prints plain lines where there is no terminal', async (...args) => {
    const { code, stdout, stderr } = await neuronAtlas(args, home);
    expect(code).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(3);
    expect(stdout + stderr).not.toContain(escape);
    expect(stdout + stderr).not.toMatch(/[█░▀\r]/);
  });

  it('a sweep without a terminal says now and then how far it is, in lines', async () => {
    await writeFile(join(home, 'third.yaml'), (await readFile(join(home, 'sweep.yaml'), 'utf8')).replace('atlas-small', 'atlas-third'));
    const { code, stdout, stderr } = await neuronAtlas(['run', 'third.yaml'], home);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^running: \d+ of 30 units \(\d+ %\)/m);
    expect(stderr).toMatch(/^done: 30 of 30 units \(100 %\)/m);
    expect(stdout + stderr).not.toContain(escape);
  });
});
