import { join } from 'node:path';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import sharp from 'sharp';
import { list } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoAtlas, root, roundedAtlas, neuronAtlas, serve, type Served } from './atlases.fixture.js';
import { OwnPages, closeBrowser, openBrowser, settled, seriousViolations, type Visit } from './browser.fixture.js';

let demo = '';
let served: Served;
const pages = new OwnPages(() => served.url);
beforeAll(async () => {
  demo = await demoAtlas();
  served = await serve(demo, '--with', await roundedAtlas());
  await openBrowser();
});
afterAll(async () => {
  await closeBrowser();
  await served.stop();
});
const tiles = (page: Visit['page']): Promise<readonly number[]> => page.locator('.wall .tile').evaluateAll((all) => all.map((tile) => Number(tile.getAttribute('href')!.split('/').at(-1))));

describe('the viewer', () => {
  it('opens on the model, goes to a layer, filters, sorts, shows a unit, and comes back to the wall as it was', async () => {
    const flagged = (JSON.parse(await neuronAtlas('unit', demo, '--json')) as { layer: string; flagged: number }[]).find(({ layer }) => layer === 'conv2')!.flagged;
    const page = await pages.open('');
    await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor();
    await page.getByRole('link', { name: `conv2, Conv, 48 units, ${flagged} flagged, reads conv1`, exact: true }).click();
    await page.getByRole('heading', { name: 'conv2', level: 1 }).waitFor();
    expect(await page.getByRole('status').innerText()).toBe('48 units');

    await page.getByLabel('Health').selectOption('Flagged');
    expect(await page.getByRole('status').innerText()).toBe(`${flagged} of 48 units`);
    expect(await tiles(page)).toHaveLength(flagged);
    await page.getByLabel('Health').selectOption('Healthy');
    await page.getByLabel('Order').selectOption('Score of the picture');
    // What the command line says of the same scores, in the same order.
    const scores = await Promise.all((await tiles(page)).slice(0, 4).map(async (unit) => (JSON.parse(await neuronAtlas('unit', demo, `conv2/${unit}`, '--json')) as { score: number }).score));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const [best] = await tiles(page);
    await page.locator('.wall .tile').first().click();
    await page.getByRole('heading', { name: `conv2/${best}`, level: 1 }).waitFor();
    await settled(page);
    await page.goBack();
    expect(await page.getByLabel('Order').inputValue()).toBe('score');
    expect((await tiles(page))[0]).toBe(best);
    // What climbs and asks the network stays where it is until somebody climbs or asks.
    expect(pages.there.requests.filter((url) => url.includes('/assets/'))).toEqual([]);
    await pages.leave();
  });

  it('opens a unit by its link afresh, with its first picture after at most four requests', async () => {
    const page = await pages.open('#/conv6/12');
    await page.locator('.view-picture img').first().waitFor();
    const picture = pages.there.requests.findIndex((url, i) => url.includes('synthesis') && pages.there.requests.slice(0, i).some((before) => before === url));
    expect(picture).toBeGreaterThan(0);
    // The file of the other view is asked for at the same time: the first picture does not wait for it.
    const first = pages.there.requests[picture]!;
    const waitedFor = pages.there.requests.slice(0, picture + 1).filter((url) => !url.includes('synthesis') || url === first);
    expect(waitedFor.length).toBeLessThanOrEqual(4);
    expect(pages.there.requests.some((url) => url.endsWith('atlas.json'))).toBe(false);
    expect(await page.title()).toBe('conv6/12 · neuron-atlas');
    await page.getByRole('heading', { name: 'How it was made' }).waitFor();
    expect(await page.getByText('again.yaml').count()).toBeGreaterThan(0);
    await pages.leave();
  });

  it('shows the picture that lies in the atlas', async () => {
    const file = join(demo, '..', 'unit.png');
    await neuronAtlas('unit', demo, 'conv4/7', '--png', file); // of the first view
    const page = await pages.open('#/conv4/7');
    const shown = page.locator('.view-picture').first().locator('img');
    await shown.waitFor();
    const pixels = (data: string | Buffer): Promise<Buffer> => sharp(data).removeAlpha().raw().toBuffer();
    const drawn = await shown.evaluate((image: HTMLImageElement) => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      canvas.getContext('2d')!.drawImage(image, 0, 0);
      return canvas.toDataURL('image/png').split(',')[1]!;
    });
    expect(Buffer.compare(await pixels(Buffer.from(drawn, 'base64')), await pixels(file))).toBe(0);
    await pages.leave();
  });

  it('finds a layer and a unit by what is typed', async () => {
    const page = await pages.open('');
    await page.keyboard.press('/');
    await page.keyboard.type('conv4/17');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'conv4/17' }).click();
    await page.getByRole('heading', { name: 'conv4/17', level: 1 }).waitFor();
    await pages.leave();
  });

  it('finds units by a picture: that which excites a unit most finds the unit', async () => {
    const atlas = await openAtlas(await openStore(demo));
    const unit = (await atlas.units('dense')).find(({ max, health }) => max !== null && max > 0 && health.length === 0)!.unit;
    const { sampleId } = (await atlas.exemplars('dense', unit)).find(({ kind, rank }) => kind === 'top' && rank === 0)!;
    const picture: Buffer[] = [];
    await list({
      file: join(root, 'examples/demo/pictures.tar'),
      onReadEntry: (entry) => { if (`pictures.tar/${entry.path}` === sampleId) entry.on('data', (chunk) => picture.push(chunk)); },
    });
    const page = await pages.open('#~search');
    await page.getByLabel('Picture to search by').setInputFiles({ name: 'strongest.jpg', mimeType: 'image/jpeg', buffer: Buffer.concat(picture) });
    const likes = page.locator('.likes', { has: page.getByRole('link', { name: 'dense', exact: true }) });
    await likes.waitFor({ timeout: 60_000 });
    const found = await likes.locator('.tile').evaluateAll((all) => all.map((tile) => tile.querySelector('.hidden')!.textContent));
    // What the page's network says of it is what the sweep's said, but for how two decoders round a JPEG.
    expect(found.find((label) => label.startsWith(`dense/${unit},`))).toMatch(/, (99|100|101) %$/);
    await pages.leave();
  });

  it('finds units by an example unit', async () => {
    const page = await pages.open('#/conv4/35');
    await page.getByRole('button', { name: /^Compare with all 64 units/ }).click();
    const section = page.locator('section', { has: page.getByRole('heading', { name: 'Units that look like it' }) });
    await section.locator('.tile').first().waitFor({ timeout: 30_000 });
    const likes = await section.locator('.tile').evaluateAll((all) => all.map((tile) => Number(/likeness (\d+)/.exec(tile.querySelector('.hidden')!.textContent)![1])));
    expect(likes).toHaveLength(12);
    expect(likes).toEqual(likes.toSorted((a, b) => b - a));
    await pages.leave();
  });

  it('holds two atlases side by side, the most changed units first', async () => {
    const page = await pages.open('#~compare');
    await page.getByRole('heading', { name: /demo and rounded/ }).waitFor();
    await page.getByText('2 of 7 layers are in both').waitFor();
    await page.getByRole('combobox', { name: /^Layer/ }).selectOption('conv2');
    await page.getByText('48 units, the most changed first').waitFor();
    await settled(page);
    const changes = await page.locator('.wall .tile').evaluateAll((all) => all.map((tile) => tile.querySelector('.hidden')!.textContent).filter((label) => !label.includes('in one of them')).map((label) => Number(/changed by (\d+) %/.exec(label)![1])));
    expect(changes.length).toBeGreaterThan(5);
    expect(changes).toEqual(changes.toSorted((a, b) => b - a));
    expect(changes[0]).toBeGreaterThan(0);
    await pages.leave();
  });

  it('climbs in the page on WebGPU, here by software', async () => {
    const page = await pages.open('#/conv1/9/live');
    await page.getByLabel('Runs on').selectOption('webgpu');
    await page.getByLabel(/^Steps/).fill('8');
    await page.getByRole('button', { name: 'Start climbing' }).click();
    await page.getByText(/^Done in/).waitFor({ timeout: 110_000 });
    const { pictures: [made] } = JSON.parse(await neuronAtlas('unit', demo, 'conv1/9', '--json')) as { pictures: { scoreStart: number }[] };
    expect(Number(await page.locator('[data-live-score]').getAttribute('data-live-score'))).toBeGreaterThan(made!.scoreStart);
    await pages.leave();
  });

  it('climbs in the page to the picture that the command line made, within the tolerance', async () => {
    const page = await pages.open('#/conv2/9/live');
    await page.getByRole('button', { name: 'Start climbing' }).click();
    await page.getByText(/^Done in/).waitFor({ timeout: 110_000 });
    const { pictures: [made] } = JSON.parse(await neuronAtlas('unit', demo, 'conv2/9', '--json')) as { pictures: { score: number; scoreStart: number }[] };
    const score = Number(await page.locator('[data-live-score]').getAttribute('data-live-score'));
    expect(score).toBeGreaterThan(made!.scoreStart);
    expect(Math.abs(score / made!.score - 1)).toBeLessThan(scoreTolerance);
    const [here, atlas] = await page.locator('.live-picture .picture').evaluateAll((all) => all.map((element) => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [64, 64];
      canvas.getContext('2d')!.drawImage(element as HTMLImageElement, 0, 0, 64, 64);
      return [...canvas.getContext('2d')!.getImageData(0, 0, 64, 64).data];
    }));
    const apart = here!.reduce((sum, value, i) => sum + Math.abs(value - atlas![i]!), 0) / here!.length;
    expect(apart).toBeLessThan(pixelTolerance);
    await pages.leave();
  });

  it('goes everywhere by keyboard alone', async () => {
    const page = await pages.open('');
    await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor();
    const focused = (): Promise<string> => page.evaluate(() => {
      const { activeElement: here } = document;
      return (here?.matches('a') === true ? here.querySelector('.hidden')?.textContent : undefined) ?? here?.getAttribute('aria-label') ?? here?.textContent ?? '';
    });
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    for (let i = 0; i < 8 && !(await focused()).startsWith('conv4,'); i++) await page.keyboard.press('Tab');
    expect(await focused()).toMatch(/^conv4, /);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'conv4', level: 1 }).waitFor();
    for (let i = 0; i < 12 && !/^Unit \d/.test(await focused()); i++) await page.keyboard.press('Tab');
    expect(await focused()).toBe('Unit 0');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const below = Number(/Unit (\d+)/.exec(await focused())?.[1]);
    expect(below).toBeGreaterThan(5);
    await page.keyboard.press('End');
    expect(await focused()).toBe('Unit 63');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'conv4/63', level: 1 }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('heading', { name: 'conv4/62', level: 1 }).waitFor();
    await pages.leave();
  });

  it.each(['', '#/conv2?sort=score', '#/conv2/9', '#/conv2/9/live', '#~search?q=conv', '#~compare', '#/nowhere'])('has nothing that axe calls serious on %s, light or dark', async (hash) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await pages.open(hash, { colorScheme });
      await page.getByRole('heading').first().waitFor();
      await page.waitForTimeout(500);
      expect(await seriousViolations(page)).toEqual([]);
      await pages.there.close();
    }
  });
});

/** What rounding on another device may change over the 96 steps of the demo. */
const scoreTolerance = 0.1;
/** Mean over all channels of all pixels, of 255. */
const pixelTolerance = 12;
