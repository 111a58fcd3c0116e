import type { Browser, CDPSession } from 'playwright-core';
import { appendBigApp, type BigApp } from '../../../bench/bigApp';
import { startBrowser } from '../../support/browser';
import { ConsolePage } from '../../support/consolePage';
import { TestService } from '../../support/testService';

const MEMBERS = 2_000;
/** How far the list is scrolled, of which each page has a hundred. */
const FAR = 400;
const CHANGES = 100;
/** Changes after which every page was shown and nothing is loaded any more. */
const WARM_UP = 24;

interface Memory {
  readonly nodes: number;
  readonly listeners: number;
  readonly megabytes: number;
}

/** What the page holds once what nobody refers to is gone. */
async function memoryOf(devTools: CDPSession): Promise<Memory> {
  await devTools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devTools.send('Performance.getMetrics');
  const of = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
  return { nodes: of('Nodes'), listeners: of('JSEventListeners'), megabytes: of('JSHeapUsedSize') / 1e6 };
}

describe('what the console takes', () => {
  let service: TestService;
  let browser: Browser;
  let app: BigApp;
  let tab: ConsolePage;
  beforeAll(async () => {
    [service, browser] = await Promise.all([TestService.start({ env: { UNSIGNED_REQUESTS_PER_MINUTE: '0' } }), startBrowser()]);
    app = await appendBigApp(service.running.membership.store, { appId: 'big', members: MEMBERS });
    await service.running.membership.caughtUp(60_000);
  });
  afterAll(async () => {
    await browser.close();
    await service.close();
  });
  beforeEach(async () => {
    tab = await ConsolePage.open(browser, service.url);
  });
  afterEach(async () => {
    const { problems } = tab;
    await tab.close();
    expect(problems).toEqual([]);
  });

  it('is at most 200 kB of script and 60 kB of styles, compressed, before the first page is there', async () => {
    const sizes: Promise<{ readonly type: string; readonly size: number }>[] = [];
    tab.page.on('response', (response) => {
      if (response.url().includes('/assets/')) sizes.push(response.request().sizes().then(({ responseBodySize }) => ({ type: response.request().resourceType(), size: responseBodySize })));
    });
    await tab.signInAs(app.owner.keapId);
    const loaded = await Promise.all(sizes);
    const sum = (wanted: string): number => loaded.filter(({ type }) => type === wanted).reduce((total, { size }) => total + size, 0);
    expect(sum('script')).toBeGreaterThan(50_000);
    expect(sum('script')).toBeLessThan(200_000);
    expect(sum('stylesheet')).toBeGreaterThan(10_000);
    expect(sum('stylesheet')).toBeLessThan(60_000);
  });

  it('is no more memory after a hundred changes of page', async () => {
    const page = await tab.signInAs(app.owner.keapId);
    const devTools = await page.context().newCDPSession(page);
    await devTools.send('Performance.enable');
    // GraphiQL is a document of its own.
    const names = (await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()).filter((name) => name !== 'API');
    const change = async (times: number): Promise<void> => {
      // Ends at the first page, which shows the same before and after.
      for (let time = 1; time <= Math.ceil(times / names.length) * names.length; time += 1) {
        const name = names[time % names.length] ?? '';
        await page.getByRole('link', { name, exact: true }).click();
        await tab.heading(name).waitFor();
      }
      await page.locator('[data-app="big"]').waitFor();
    };
    await change(WARM_UP);
    const before = await memoryOf(devTools);
    await change(CHANGES);
    const after = await memoryOf(devTools);
    expect(after.nodes - before.nodes).toBeLessThan(CHANGES / 2);
    expect(after.listeners - before.listeners).toBeLessThan(CHANGES / 2);
    expect(after.megabytes - before.megabytes).toBeLessThan(2);
  });

  it('is some rows of the page, however far a list is scrolled', async () => {
    const page = await tab.signInAs(app.owner.keapId, '/users?app=big');
    const rows = page.locator('[data-user]');
    await rows.first().waitFor();
    const devTools = await page.context().newCDPSession(page);
    await devTools.send('Performance.enable');
    const before = await memoryOf(devTools);
    while (Number(await rows.last().getAttribute('data-index')) < FAR) await page.evaluate('new Promise((done) => { window.scrollTo(0, document.documentElement.scrollHeight); requestAnimationFrame(done); })');
    expect(await rows.count()).toBeLessThan(60);
    await page.evaluate('window.scrollTo(0, 0)');
    await page.locator('[data-index="0"]').waitFor();
    expect((await memoryOf(devTools)).nodes).toBeLessThan(2 * before.nodes);
  });
});
