import { readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyOf, demoAtlas, serve, startSweep, type Served } from './atlases.fixture.js';
import { closeBrowser, openBrowser, seriousViolations, settled, visit, type Visit } from './browser.fixture.js';

let demo = '';
let copy = '';
let served: Served | undefined;
let there: Visit | undefined;
beforeAll(async () => {
  demo = await demoAtlas();
  await openBrowser();
});
afterAll(closeBrowser);
const open = async (hash: string): Promise<Visit['page']> => {
  served = await serve(copy);
  there = await visit(`${served.url}${hash}`);
  return there.page;
};
const leave = async (): Promise<void> => {
  await there?.close();
  await served?.stop();
  await rm(copy, { recursive: true, force: true });
};
const pictureFile = (layer: string): string => join(copy, 'synthesis', layer, readdirSync(join(copy, 'synthesis', layer))[0]!);

describe('an atlas that is not as it should be', () => {
  it('with a missing file shows the rest, and says what is missing', async () => {
    copy = await copyOf(demo, 'copy-missing');
    await unlink(pictureFile('conv1'));
    const page = await open('#/conv1/3');
    await page.getByRole('alert').getByText('The pictures of this unit could not be read').waitFor();
    expect(await page.getByText('VIEWER_NOT_FOUND').count()).toBe(1);
    await page.getByText('healthy', { exact: true }).waitFor();   // its record is elsewhere
    await page.goto(`${served!.url}#/conv2/3`);
    await page.locator('.view-picture img').first().waitFor();
    await leave();
  });

  it('with a corrupt file says so and shows the rest', async () => {
    copy = await copyOf(demo, 'copy-corrupt');
    const data = await readFile(pictureFile('conv1'));
    data.fill(0x5a, data.length - 400);
    await writeFile(pictureFile('conv1'), data);
    const page = await open('#/conv1/3');
    await page.getByRole('alert').getByText('The pictures of this unit could not be read').waitFor();
    expect(await page.getByText('ATLAS_BAD_FILE').count()).toBe(1);
    await page.goto(`${served!.url}#/conv1`);
    await page.locator('.picture-failed').first().waitFor();
    await leave();
  });

  it('with a corrupt index of a layer names the file', async () => {
    copy = await copyOf(demo, 'copy-bad-index');
    await writeFile(join(copy, 'index/conv1.json'), '{"version":1,');
    const page = await open('#/conv1');
    await page.getByRole('alert').getByText(/index\/conv1\.json is damaged/i).waitFor();
    await leave();
  });

  it('of an older version, without an index, is read by its manifest', async () => {
    copy = await copyOf(demo, 'copy-older');
    await rm(join(copy, 'index'), { recursive: true });
    await unlink(join(copy, 'index.json'));
    const page = await open('#/conv4/7');
    await page.locator('.view-picture img').first().waitFor();
    await page.goto(`${served!.url}#/`);
    await page.getByRole('link', { name: /^conv4, Conv, 64 units/ }).waitFor();
    await settled(page);
    expect(there!.faults).toEqual([]);
    await leave();
  });

  it('of a newer version is refused in words', async () => {
    copy = await copyOf(demo, 'copy-newer');
    await writeFile(join(copy, 'index.json'), (await readFile(join(copy, 'index.json'), 'utf8')).replace(/"version":\d+/, '"version":99'));
    const page = await open('');
    await page.getByText(/use the neuron-atlas that wrote this atlas/i).waitFor();
    await leave();
  });

  it('goes offline: what was seen stays, what was not says why, and comes when the line is back', async () => {
    copy = await copyOf(demo, 'copy-offline');
    const page = await open('#/conv1/3');
    await settled(page);
    await page.getByRole('heading', { name: 'How it was made' }).waitFor();
    await there!.page.context().setOffline(true);
    await page.evaluate(() => { location.hash = '#/conv1/4'; });
    await page.getByRole('heading', { name: 'conv1/4' }).waitFor();
    await page.evaluate(() => { location.hash = '#/conv5/1'; });
    await page.getByText('VIEWER_UNREACHABLE').waitFor();
    await there!.page.context().setOffline(false);
    await page.evaluate(() => { location.hash = '#/conv1/3'; });
    await page.getByRole('heading', { name: 'conv1/3' }).waitFor();
    await page.evaluate(() => { location.hash = '#/conv5/1'; });
    await page.locator('.view-picture img').first().waitFor();
    await leave();
  });

  it('still being made by a sweep: shows what is there, what is planned, and the whole when it is done', async () => {
    const sweep = await startSweep('growing', 200);
    copy = sweep.atlas;
    await sweep.untilShown();
    const page = await open('');
    await page.getByText(/Still being made: \d+ % done/).waitFor();
    await page.getByRole('link', { name: /^conv1, Conv, 24 units/ }).waitFor();
    // The first shard is written within seconds; the page shows it when it is looked at again.
    const isThere = async (): Promise<boolean> => {
      await page.goto(`${served!.url}#/conv1`);
      await page.reload();
      await settled(page);
      return (await page.locator('.wall img.picture').count()) > 0;
    };
    while (!(await isThere())) if (sweep.hasEnded()) throw new Error(sweep.said());
    await page.getByText(/^\d+ % of this layer's pictures are here$/).waitFor();
    expect(await page.locator('.wall .tile').count()).toBe(24);
    await page.goto(`${served!.url}#/conv2`);
    await page.locator('.wall .picture-none').first().waitFor();
    await page.goto(`${served!.url}#/conv2/47`);
    await page.getByText('No picture yet').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await sweep.ended;
    await page.goto(`${served!.url}#/conv2/47`);
    await page.reload();
    await page.locator('.view-picture img').first().waitFor();
    await page.goto(`${served!.url}#/`);
    await page.getByRole('link', { name: /^conv2, Conv, 48 units/ }).waitFor();
    expect(await page.getByText(/Still being made/).count()).toBe(0);
    expect(existsSync(join(copy, 'partial/index.json'))).toBe(false);
    expect(there!.faults).toEqual([]);
    await leave();
  }, 400_000);

  it('and a unit or a layer that it does not have is named', async () => {
    copy = await copyOf(demo, 'copy-whole');
    const page = await open('#/conv1/99');
    await page.getByText(/the atlas has no unit conv1\/99/i).waitFor();
    await page.goto(`${served!.url}#/conv9`);
    await page.getByText(/the atlas has no layer conv9/i).waitFor();
    await leave();
  });
});
