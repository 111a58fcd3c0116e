import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Json, Person } from '../../support/person';

const OWNER = 'olivia@keap.example';
/** More than two pages of the list. */
const PERIODS = 120;
type Row = Record<string, string>;

describe('the page of the periods of access', () => {
  const given = new GivenConsole({ OVERLOAD_DELAY_MS: '0' });
  const [many, few] = ['manyperiods', 'fewperiods'];
  let owner: Person;
  beforeAll(async () => {
    const operator = await given.service.as('operator@keap.example', 'operator');
    owner = await given.service.as(OWNER);
    for (const appId of [many, few]) await operator.mutate('registerApp', { appId, name: 'Periods', licences: 5, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    const join = async (appId: string, keapId: string, name: string): Promise<string> => {
      const { user } = await owner.mutate('invitePartner', { appId, keapId, name, role: 'STANDARD', reason: 'Runs the campaign' }, 'user { userId }');
      const person = await given.service.as(keapId);
      const { accountCentral: { invitations } } = await person.read('{ accountCentral { invitations { appId invitationId } } }');
      await person.mutate('acceptInvitation', { appId, invitationId: invitations.find((invitation: Json) => invitation.appId === appId).invitationId });
      return user.userId;
    };
    const changing = await join(many, 'changing@coach.example', 'Chang Ing');
    for (let change = 1; change < PERIODS; change += 1) await owner.mutate('changeUserRole', { appId: many, userId: changing, role: change % 2 === 1 ? 'ADMIN' : 'STANDARD' });
    await owner.mutate('removeUser', { appId: few, userId: await join(few, 'gone@coach.example', 'Gone'), reason: 'Campaign is over' });
  });

  const found = (page: Page, count: number): Promise<void> => page.locator(`[data-found="${count}"]`).waitFor();
  const opened = async (console: ConsolePage, path = '/access', name = 'Olivia Owner'): Promise<Page> => console.signInAs(name, path);

  it('lists everybody who had access to a person\'s apps, with filters in the address', async () => {
    const console = await given.tab();
    const page = await opened(console, `/access?app=${few}`);
    await found(page, 2);
    const gone = page.locator('[data-period="gone@coach.example"]');
    expect(await gone.innerText()).toMatch(/Gone[\s\S]*Partner[\s\S]*gone@coach\.example[\s\S]*fewperiods Periods[\s\S]*Standard[\s\S]*removed[\s\S]*Olivia Owner[\s\S]*Given: Runs the campaign[\s\S]*Ended: Campaign is over/);
    expect(await page.locator(`[data-period="${OWNER}"]`).innerText()).toContain('Has access');
    expect(await console.violations()).toEqual([]);
    await page.getByLabel('Kind').selectOption('Partner');
    await found(page, 1);
    await page.getByLabel('Role').selectOption('Admin');
    await page.getByText('Nobody had access who matches these filters.').waitFor();
    expect(new URL(page.url()).search).toBe(`?app=${few}&kind=PARTNER&role=ADMIN`);
    expect(await console.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Clear filters' }).last().click();
    await found(page, (await owner.read('{ periodsOfAccess { totalCount } }')).periodsOfAccess.totalCount);
    expect(new URL(page.url()).search).toBe('');
    await page.getByLabel('Keap ID').fill('GONE@coach.example');
    await found(page, 1);
    await page.getByRole('button', { name: 'Today' }).click();
    await page.waitForURL(/from=\d{4}-\d\d-\d\d&to=/);
    await found(page, 1);
    await page.getByLabel('Had access from (UTC)').fill('2100-01-01');
    await page.getByLabel('Until the end of (UTC)').fill('2100-12-31');
    await page.getByText('Nobody had access who matches these filters.').waitFor();
  });

  it('shows any number of periods as far as somebody scrolls, and fits a phone', async () => {
    const console = await given.tab({ viewport: { width: 320, height: 700 } });
    const page = await opened(console, `/access?app=${many}`);
    await found(page, PERIODS + 1);
    const rows = page.locator('[data-period]');
    await rows.first().waitFor();
    expect(await rows.count()).toBeLessThan(PERIODS / 2);
    expect(await console.isTooWide()).toBe(false);
    const last = page.locator(`[data-index="${PERIODS}"]`);
    while (!(await last.isVisible())) {
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await page.locator('[role="table"][aria-busy="false"]').waitFor();
    }
    expect(await console.violations()).toEqual([]);
  });

  it('saves the same list as a table for spreadsheets', async () => {
    const console = await given.tab();
    const page = await opened(console, `/access?app=${few}&kind=PARTNER`);
    await found(page, 1);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download CSV' }).click()]);
    expect(download.suggestedFilename()).toMatch(/^access-1970-01-01-to-.*\.csv$/);
    expect(parse<Row>(readFileSync(await download.path()), { bom: true, columns: true }).map((row) => [row['app'], row['name'], row['reason'], row['ended by']])).toEqual([[few, 'Gone', 'Runs the campaign', 'removed']]);
    console.expect(/Failed to load resource/);
    await page.route('**/export/access.csv*', (route) => route.fulfill({ status: 429, json: { error: { code: 'TOO_MANY_REQUESTS', message: 'A file is being sent to you already.' } } }));
    await page.getByRole('button', { name: 'Download CSV' }).click();
    await page.getByText('The file could not be downloaded. A file is being sent to you already.').waitFor();
  });

  it('says while it loads, when it failed, and who may not see it, also in German', async () => {
    const console = await given.tab();
    const page = await opened(console, `/access?app=${few}`);
    await found(page, 2);
    let answers = 0;
    await page.route('**/graphql', async (route) => {
      if (!(route.request().postData() ?? '').includes('AccessPeriods')) return route.continue();
      answers += 1;
      return answers === 1 ? route.fulfill({ status: 200, json: { errors: [{ message: 'Too many apps. Name some of them.', extensions: { code: 'BAD_USER_INPUT' } }] } }) : route.continue();
    });
    await page.getByLabel('Role').selectOption('Admin');
    await page.getByRole('alert').getByText('Too many apps. Name some of them.').waitFor();
    expect(await console.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Try again' }).click();
    await found(page, 1);
    const stranger = await given.tab();
    const strange = await stranger.signInAs('nobody@coach.example', '/access');
    await strange.getByText('nobody@coach.example').first().waitFor();
    expect(await strange.getByRole('navigation').getByText('Periods of access').count()).toBe(0);
    const german = await given.tab();
    const deutsch = await opened(german, `/access?app=${few}`);
    await deutsch.getByRole('button', { name: /account and settings/ }).click();
    await deutsch.getByLabel('Language').selectOption('Deutsch');
    await deutsch.keyboard.press('Escape');
    await found(deutsch, 2);
    await deutsch.getByRole('heading', { name: 'Zugangszeiträume' }).waitFor();
    expect(await deutsch.locator('[data-period="gone@coach.example"]').innerText()).toContain('Beendet: Campaign is over');
    expect(await german.violations()).toEqual([]);
  });
});
