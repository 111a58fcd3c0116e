import type { Browser } from 'playwright-core';
import { appendBigApp, type BigApp } from '../../../bench/bigApp';
import { startBrowser } from '../../support/browser';
import { ConsolePage } from '../../support/consolePage';
import type { Person } from '../../support/person';
import { TestService } from '../../support/testService';

const MEMBERS = 450;

describe('a review of many people', () => {
  let service: TestService;
  let browser: Browser;
  let app: BigApp;
  let owner: Person;
  let tab: ConsolePage;
  beforeAll(async () => {
    [service, browser] = await Promise.all([TestService.start({ env: { UNSIGNED_REQUESTS_PER_MINUTE: '0' } }), startBrowser()]);
    app = await appendBigApp(service.running.membership.store, { appId: 'big', members: MEMBERS });
    await service.running.membership.caughtUp(60_000);
    owner = await service.as(app.owner.keapId);
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

  it('holds the rows in sight only, and decides about at most 200 people at once', async () => {
    const { review: { reviewId, totalCount } } = await owner.mutate('startAccessReview', { appId: 'big' }, 'review { reviewId totalCount }');
    const page = await tab.signInAs(app.owner.keapId, `/reviews/${reviewId}`);
    await page.locator(`[data-found="${totalCount}"]`).waitFor();
    await page.locator('[data-active="true"]').focus();
    // Each page is read as its end comes near, so End leads further each time.
    let last = 0;
    while (last < MEMBERS / 2) {
      await page.keyboard.press('End');
      last = Number(await page.locator('[data-index]:focus').getAttribute('data-index'));
    }
    expect(await page.locator('[data-user]').count()).toBeLessThan(60);
    await page.getByRole('button', { name: 'Select undecided people' }).click();
    await page.locator('[data-selected="200"]').waitFor();
    await page.locator('[data-active="true"]').getByRole('checkbox').check();
    await page.getByText('At most 200 people can be decided on at once.').waitFor();
    expect(await page.getByRole('button', { name: 'Keep selected' }).isDisabled()).toBe(true);
    await page.locator('[data-active="true"]').focus();
    await page.keyboard.press('k');
    await page.getByRole('alert').getByText('Decide about 1 to 200 people at a time.').waitFor();
    await page.locator('[data-active="true"]').getByRole('checkbox').uncheck();
    await page.getByRole('button', { name: 'Keep selected' }).click();
    await page.locator('[data-decided="200"]').waitFor();
    await page.locator(`[data-active="true"][data-index="${last}"]`).waitFor();
  });

  it('prints everybody', async () => {
    const { review: { reviewId, totalCount } } = await owner.mutate('startAccessReview', { appId: 'big' }, 'review { reviewId totalCount }');
    await tab.page.addInitScript('window.print = () => { document.documentElement.dataset.printed = "yes"; }');
    const page = await tab.signInAs(app.owner.keapId, `/reviews/${reviewId}`);
    await page.getByRole('button', { name: 'Print' }).click();
    await page.locator('html[data-printed="yes"]').waitFor();
    expect(await page.locator('table tbody tr').count()).toBe(totalCount);
  });
});
