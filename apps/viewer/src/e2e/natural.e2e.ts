import { openAtlas, type Atlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { naturalAtlas, serve, type Served } from './atlases.fixture.js';
import { OwnPages, closeBrowser, openBrowser, seriousViolations, settled, type Visit } from './browser.fixture.js';

let atlas: Atlas;
let served: Served;
const pages = new OwnPages(() => served.url);
beforeAll(async () => {
  const folder = await naturalAtlas();
  atlas = await openAtlas(await openStore(folder));
  served = await serve(folder);
  await openBrowser();
});
afterAll(async () => {
  await closeBrowser();
  await served.stop();
});
/** Mean colours of a picture as the page draws it. */
const drawn = (page: Visit['page'], selector: string): Promise<readonly number[]> => page.locator(selector).first().evaluate((image: HTMLImageElement) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const draw = canvas.getContext('2d')!;
  draw.drawImage(image, 0, 0);
  const { data } = draw.getImageData(0, 0, canvas.width, canvas.height);
  return [0, 1, 2].map((channel) => data.reduce((sum, value, i) => (i % 4 === channel ? sum + value : sum), 0) / (data.length / 4));
});
const meanOf = async (image: Uint8Array): Promise<readonly number[]> => (await sharp(image).removeAlpha().stats()).channels.map(({ mean }) => expect.closeTo(mean, 0) as unknown as number);

describe('an atlas with a data set', () => {
  it('says on the page of a unit what its pictures are worth, and puts a layer in that order', async () => {
    let page = await pages.open('#/conv6/3');
    const section = page.locator('section', { has: page.getByRole('heading', { name: 'What the pictures are worth' }) });
    const row = (await atlas.units('conv6')).find(({ unit }) => unit === 3)!;
    await section.locator('tbody tr').first().waitFor();
    expect(await section.locator('tbody tr').count()).toBe(row.pictureQuality!.length);
    const { rank, rankOf } = row.pictureQuality![0]!;
    expect(await section.locator('tbody tr').first().innerText()).toContain(`${rank} of ${rankOf}`);
    expect(await section.locator('dl').innerText()).toContain(`${Math.round(100 * row.interpretability!)} %`);
    expect(await seriousViolations(page)).toEqual([]);
    await pages.leave();
    page = await pages.open('#/conv6?sort=interpretable');
    expect(await page.getByLabel('Order').inputValue()).toBe('interpretable');
    await pages.leave();
  });

  it('shows on the page of a unit what excites it, beside what of it does, and how it answers to all', async () => {
    const page = await pages.open('#/conv6/3');
    const section = page.locator('section', { has: page.getByRole('heading', { name: 'What excites it most' }) });
    await section.locator('figure').first().waitFor();
    await settled(page);
    const rows = await atlas.exemplars('conv6', 3);
    const projections = await atlas.projections('conv6', 3);
    expect(await section.locator('figure').count()).toBe(rows.filter(({ kind }) => kind === 'top').length);
    expect(await section.locator('figcaption .quiet').allInnerTexts()).toEqual(rows.filter(({ kind }) => kind === 'top').map(({ sampleId }) => expect.stringContaining(sampleId) as unknown));
    expect(await drawn(page, '.exemplar-pictures img:first-child')).toEqual(await meanOf(rows[0]!.image!));
    expect(await drawn(page, '.exemplar-pictures img:nth-child(2)')).toEqual(await meanOf(projections[0]!.image!));
    await page.getByRole('heading', { name: 'What excites it least' }).waitFor();
    await page.getByRole('heading', { name: 'Across its range' }).waitFor();
    await page.getByRole('img', { name: /^Histogram of activations/ }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await pages.leave();
  });

  it('shows on a wall the strongest natural picture of each unit, or what of it excites the unit, in the order of sparsity', async () => {
    const page = await pages.open('#/conv6');
    await page.getByLabel('Pictures').selectOption('Strongest natural picture');
    await page.getByLabel('Order').selectOption('Sparsest first');
    await settled(page);
    const units = (await atlas.units('conv6')).toSorted((a, b) => (a.fractionActive ?? 2) - (b.fractionActive ?? 2) || a.unit - b.unit);
    const first = Number((await page.locator('.wall .tile').first().getAttribute('href'))!.split('/').at(-1));
    expect(first).toBe(units[0]!.unit);
    expect(await drawn(page, '.wall img')).toEqual(await meanOf((await atlas.exemplars('conv6', first))[0]!.image!));
    await page.getByLabel('Pictures').selectOption('What of it excites the unit');
    await settled(page);
    expect(await drawn(page, '.wall img')).toEqual(await meanOf((await atlas.projections('conv6', first))[0]!.image!));
    expect(new URL(page.url()).hash).toBe('#/conv6?view=projection&sort=sparse');
    await pages.leave();
  });

  it('finds units by what the pictures are called that excite them, and reads nothing for it before', async () => {
    const page = await pages.open('#~search');
    await page.getByText(/or a word, for the units/).waitFor();
    expect(pages.there.requests.filter((url) => url.includes('/terms'))).toEqual([]);
    await page.getByLabel('Layer, unit, number or word').fill('disc');
    await page.getByRole('heading', { name: /units? by words$/ }).waitFor();
    await settled(page);
    const results = page.locator('section', { has: page.getByRole('heading', { name: /by words$/ }) }).locator('.result');
    const found = await results.evaluateAll((all) => all.map((result) => ({ name: result.querySelector('strong')!.textContent, hits: Number(/^(\d+) of/.exec(result.querySelector('.quiet')!.textContent)![1]) })));
    // The same by reading every exemplar.
    const wanted: { name: string; hits: number }[] = [];
    for (const { id } of atlas.manifest.layers) {
      for (const { unit } of await atlas.units(id)) {
        const hits = (await atlas.exemplars(id, unit)).filter(({ kind, sampleId }) => kind === 'top' && sampleId.includes('disc')).length;
        if (hits > 0) wanted.push({ name: `${id}/${unit}`, hits });
      }
    }
    expect(wanted.length).toBeGreaterThan(3);
    expect(found.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    expect(found.map(({ hits }) => hits)).toEqual(found.map(({ hits }) => hits).toSorted((a, b) => b - a));
    await page.getByLabel('Layer, unit, number or word').fill('zebra');
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByLabel('Layer, unit, number or word').fill('disc');
    await results.first().click();
    await page.getByRole('heading', { name: found[0]!.name, level: 1 }).waitFor();
    await pages.leave();
  });
});
