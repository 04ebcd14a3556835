import axe from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';

let browser: Browser | undefined;

export async function openBrowser(): Promise<void> {
  // Without a graphics card WebGPU runs on SwiftShader, which Debian's Chromium brings.
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-webgpu-adapter=swiftshader'],
  });
}

export async function closeBrowser(): Promise<void> { await browser?.close(); }

export interface Visit {
  readonly page: Page;
  /** Addresses that the page asked for, in order. */
  readonly requests: string[];
  /** What went wrong in the page: exceptions and refused loads. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** A fresh browser profile on a page; nothing is cached. */
export async function visit(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser!.newContext({ viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const [requests, faults]: [string[], string[]] = [[], []];
  page.on('request', (request) => { if (!/^(data|blob):/.test(request.url())) requests.push(request.url()); });
  page.on('pageerror', (error) => { faults.push(error.message); });
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('status of 404')) faults.push(message.text()); });
  await page.goto(url);
  return { page, requests, faults, close: () => context.close() };
}

/** Pages of one address, one at a time: `open` visits, `leave` holds that nothing went wrong and that everything came from where the page came from. */
export class OwnPages {
  readonly #url: () => string;
  /** The visit that is on. */
  there!: Visit;

  constructor(url: () => string) { this.#url = url; }

  async open(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
    this.there = await visit(`${this.#url()}${hash}`, options);
    return this.there.page;
  }

  async leave(): Promise<void> {
    expect(this.there.faults).toEqual([]);
    expect(this.there.requests.filter((url) => !url.startsWith(this.#url()))).toEqual([]);
    await this.there.close();
  }
}

/** Waits until every picture near the screen is there. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelectorAll('.picture-waiting, .waiting').length === 0 && document.querySelectorAll('.picture').length > 0
    && [...document.querySelectorAll('img')].every((image) => image.complete), undefined, { timeout: 30_000 });
}

/** What axe finds that is serious or worse. */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  // By the debugging channel: the page itself may run no script but its own.
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setBypassCSP', { enabled: true });
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: there } = globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }[] }> } };
    return (await there.run({ resultTypes: ['violations'] })).violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary ?? ''}`).join(' | ')}`);
  });
  await session.detach();
  return found;
}
