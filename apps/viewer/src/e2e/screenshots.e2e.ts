import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoAtlas, root, roundedAtlas, serve, type Served } from './atlases.fixture.js';
import { closeBrowser, openBrowser, settled, visit } from './browser.fixture.js';

// Pictures of the pages for the documents: .cache/e2e/screenshots, and with SCREENSHOTS=docs into docs/images/viewer.
const folder = process.env['SCREENSHOTS'] === 'docs' ? join(root, 'docs/images/viewer') : join(process.env['E2E_CACHE'] ?? join(root, '.cache/e2e'), 'screenshots');

let served: Served;
beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  served = await serve(await demoAtlas(), '--with', await roundedAtlas());
  await openBrowser();
});
afterAll(async () => {
  await closeBrowser();
  await served.stop();
});

const pages = [['model', ''], ['layer', '#/conv6?sort=score'], ['unit', '#/conv6/12'], ['compare', '#~compare?layer=conv2']] as const;
const sizes = [['desktop', { width: 1280, height: 860 }], ['phone', { width: 390, height: 844 }]] as const;
const cases = pages.flatMap(([name, hash]) => sizes.flatMap(([size, viewport]) => (['light', 'dark'] as const).map((colorScheme) => [`${name}-${size}-${colorScheme}`, hash, viewport, colorScheme] as const)));

describe('screenshots', () => {
  it.each(cases)('%s shows pictures, fills the width and never scrolls sideways', async (name, hash, viewport, colorScheme) => {
    const { page, close } = await visit(`${served.url}${hash}`, { viewport, colorScheme });
    await settled(page);
    const shown = await page.evaluate(() => ({
      pictures: document.querySelectorAll('img.picture').length,
      sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      ground: getComputedStyle(document.body).backgroundColor,
    }));
    expect(shown.pictures).toBeGreaterThan(0);
    expect(shown.sideways).toBe(false);
    const light = (shown.ground.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, value) => sum + Number(value), 0) / 3;
    expect(colorScheme === 'light' ? light > 200 : light < 60).toBe(true);
    await sharp(await page.screenshot()).webp({ quality: 70 }).toFile(join(folder, `${name}.webp`));
    await close();
  });
});
