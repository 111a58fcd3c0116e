import type { Locator, Page } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

const OWNER = 'olivia@keap.example';

describe('the timeline of the history', () => {
  const given = new GivenConsole();
  let owner: Person;
  let operator: Person;
  beforeAll(async () => {
    [owner, operator] = await Promise.all([given.service.as(OWNER), given.service.as('operator@keap.example', 'operator')]);
  });
  const tab = (options?: Parameters<GivenConsole['tab']>[0]): Promise<ConsolePage> => given.tab(options);

  let apps = 0;
  /** An app of its own, whose owner is Olivia. */
  async function app(): Promise<string> {
    apps += 1;
    const appId = `past${apps}`;
    await operator.mutate('registerApp', { appId, name: 'Past', licences: 5, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    return appId;
  }
  async function join(appId: string, keapId: string): Promise<string> {
    const { user, invitation } = await owner.mutate('invitePartner', { appId, keapId, role: 'STANDARD' }, 'user { userId } invitation { invitationId }');
    await (await given.service.as(keapId)).mutate('acceptInvitation', { appId, invitationId: invitation.invitationId });
    return user.userId;
  }
  const list = (page: Page): Locator => page.getByRole('list', { name: 'What happened, newest first' });
  const events = (page: Page): Locator => list(page).getByRole('listitem');
  const sentences = (page: Page): Promise<string[]> => events(page).getByRole('link').allTextContents();
  async function untilShown(page: Page, count: number): Promise<void> {
    await events(page).nth(count - 1).waitFor();
    await events(page).nth(count).waitFor({ state: 'detached' });
  }

  it('tells who did what to whom, newest first, with roles before and after and the reason', async () => {
    const appId = await app();
    const userId = await join(appId, 'clara@coach.example');
    await join(appId, 'heir@coach.example');
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    await owner.mutate('assignContacts', { appId, userId, contactIds: ['c1', 'c2'] });
    const { app: { users: { nodes } } } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId keapId } } } }', { appId });
    const heir = nodes.find(({ keapId }: { readonly keapId: string }) => keapId === 'heir@coach.example').userId;
    await owner.mutate('reassignContacts', { appId, fromUserId: userId, toUserId: heir, contactIds: ['c1'] });
    await operator.mutate('appointAdmin', { appId, keapId: 'ada@client.example', reason: 'The owner is away' });
    const console = await tab();
    const page = await console.signInAs('Olivia Owner');
    await page.getByRole('link', { name: 'History' }).click();
    await console.heading('History').waitFor();
    await page.getByRole('combobox', { name: 'App' }).fill(appId);
    await page.getByRole('option', { name: `${appId} Past` }).click();
    await events(page).getByText('passed 1 contact from clara@coach.example to heir@coach.example').waitFor();
    expect(await sentences(page)).toEqual([
      'operator@keap.example appointed ada@client.example as an admin.',
      'Olivia Owner passed 1 contact from clara@coach.example to heir@coach.example.',
      'Olivia Owner assigned 2 contacts to clara@coach.example.',
      'Olivia Owner changed the role of clara@coach.example from Standard to Admin.',
      'heir@coach.example joined as a partner with the role Standard.',
      'Olivia Owner invited heir@coach.example as a partner with the role Standard.',
      'clara@coach.example joined as a partner with the role Standard.',
      'Olivia Owner invited clara@coach.example as a partner with the role Standard.',
      'Olivia Owner signed in for the first time, and the membership belongs to that sign-in from then on.',
      'Olivia Owner became the owner of the app.',
      'operator@keap.example registered the app Past with 5 licences.',
    ]);
    await events(page).first().getByText('Reason: The owner is away').waitFor();
    await page.getByText('This is the beginning.').waitFor();
    expect(await console.violations()).toEqual([]);
  });

  it('has filters in the address, which survive a reload and a shared link', async () => {
    const appId = await app();
    await join(appId, 'one@coach.example');
    await join(appId, 'two@coach.example');
    const console = await tab();
    const page = await console.signInAs('Olivia Owner', `/history?app=${appId}`);
    await untilShown(page, 7);
    await page.getByLabel('Kind of event').selectOption('All: Access and roles');
    await untilShown(page, 3);
    await page.getByRole('combobox', { name: 'About' }).fill('two@');
    await page.getByRole('option', { name: 'two@coach.example' }).click();
    await untilShown(page, 1);
    expect(await sentences(page)).toEqual(['two@coach.example joined as a partner with the role Standard.']);
    const address = page.url();
    const shared = await (await tab()).signInAs('Olivia Owner', address.slice(given.service.url.length));
    await untilShown(shared, 1);
    expect(await shared.getByRole('combobox', { name: 'About' }).inputValue()).toBe('two@coach.example');
    expect(await shared.getByLabel('Kind of event').locator('option:checked').textContent()).toBe('All: Access and roles');
    await shared.getByRole('button', { name: 'Show everything' }).first().click();
    await untilShown(shared, 7);

    await page.goto(`${given.service.url}/history?app=${appId}`);
    await page.getByRole('button', { name: 'Olivia Owner' }).first().click();
    await untilShown(page, 7);
    await page.getByRole('combobox', { name: 'Done by' }).fill('one@');
    await page.getByRole('option', { name: 'one@coach.example' }).click();
    await untilShown(page, 1);
    await page.getByLabel('From').fill('2999-01-01');
    await page.getByText('Nothing matches these filters.').waitFor();
    expect(await console.violations()).toEqual([]);
    await page.getByLabel('From').fill('2001-01-01');
    await untilShown(page, 1);
    await page.getByLabel('Until and including').fill('2001-01-01');
    await page.getByText('Nothing matches these filters.').waitFor();
    expect(new URL(page.url()).searchParams.get('to')).toBe('2001-01-01');
  });

  it('shows new events at the top by itself, marked and announced, and moves nothing for somebody who reads further down', async () => {
    const appId = await app();
    const userId = await join(appId, 'busy@coach.example');
    for (let change = 0; change < 60; change += 1) await owner.mutate('changeUserRole', { appId, userId, role: change % 2 === 0 ? 'ADMIN' : 'STANDARD' });
    const console = await tab();
    const page = await console.signInAs('Olivia Owner', `/history?app=${appId}`);
    await events(page).nth(10).waitFor();
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    await events(page).first().and(page.locator('[data-changed]')).getByText('from Standard to Admin').waitFor();
    await page.locator('[data-announcer]').getByText('New: Olivia Owner changed the role of busy@coach.example from Standard to Admin.').waitFor({ state: 'attached' });
    expect(await console.violations()).toEqual([]);

    const last = list(page).getByText('operator@keap.example registered the app Past');
    while ((await last.count()) === 0) await page.evaluate('new Promise((done) => { window.scrollTo(0, document.documentElement.scrollHeight); requestAnimationFrame(done); })');
    expect(await events(page).count()).toBeLessThan(60);
    await page.getByText('This is the beginning.').waitFor();
    const before = await last.boundingBox();
    await owner.mutate('changeUserRole', { appId, userId, role: 'STANDARD' });
    const waiting = page.getByRole('button', { name: '1 new event: show it' });
    await waiting.waitFor();
    expect((await last.boundingBox())?.y).toBe(before?.y);
    await waiting.click();
    await events(page).first().and(page.locator('[data-changed]')).getByText('from Admin to Standard').waitFor();
    await waiting.waitFor({ state: 'detached' });
  });

  it('is for admins and auditors, and says so to others', async () => {
    const appId = await app();
    const userId = await join(appId, 'climber@coach.example');
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    const [member, auditor, stranger] = [await tab(), await tab(), await tab()];
    const page = await member.signInAs('climber@coach.example', `/history?app=${appId}`);
    await events(page).first().waitFor();
    await owner.mutate('changeUserRole', { appId, userId, role: 'STANDARD' });
    await member.heading('You may not see this').waitFor();
    expect(await member.violations()).toEqual([]);

    const seen = await auditor.signInAs('Ada Auditor', '/history');
    await seen.getByLabel('App ID').fill('nowhere');
    await seen.getByRole('button', { name: 'Show the history' }).click();
    await seen.getByText('There is no app with the id nowhere.').waitFor();
    expect(await auditor.violations()).toEqual([]);
    await seen.goto(`${given.service.url}/history?app=${appId}`);
    await seen.getByRole('button', { name: 'Ada Auditor' }).first().click();
    await events(seen).getByText('from Admin to Standard').waitFor();

    await stranger.signInAs('Paul Coach', `/history?app=${appId}`);
    await stranger.heading('You may not see this').waitFor();
    expect(await stranger.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'History' }).count()).toBe(0);
  });

  it('can be read on a phone of 320 pixels, in German', async () => {
    const appId = await app();
    await join(appId, 'a.person.with.a.long.address@a-rather-long-name.example');
    const console = await tab({ viewport: { width: 320, height: 640 }, locale: 'de-DE' });
    const { page } = console;
    await page.goto(`${given.service.url}/history?app=${appId}`);
    await page.getByRole('button', { name: 'Olivia Owner' }).first().click();
    const german = page.getByRole('list', { name: 'Was geschah, das Neueste zuerst' }).getByRole('listitem');
    await german.getByText('ist als Partner beigetreten, mit der Rolle Standard.').waitFor();
    expect(await console.isTooWide()).toBe(false);
    const filters = page.getByRole('button', { name: 'Filter' });
    await console.tabTo(filters);
    await page.keyboard.press('Enter');
    await page.getByLabel('Art des Ereignisses').selectOption('Beigetreten');
    await german.nth(1).waitFor({ state: 'detached' });
    expect(await console.isTooWide()).toBe(false);
    expect(await console.violations()).toEqual([]);
  });

  it('misses nothing and shows nothing twice when the service is away for a while', async () => {
    const appId = await app();
    const userId = await join(appId, 'steady@coach.example');
    const console = await tab();
    console.expect(/Failed to load resource|WebSocket/);
    const page = await console.signInAs('Olivia Owner', `/history?app=${appId}`);
    await untilShown(page, 5);
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    await untilShown(page, 6);
    await given.stop();
    await page.getByText('The server cannot be reached.').waitFor();
    await given.startAgain();
    owner = await given.service.as(OWNER);
    await owner.mutate('changeUserRole', { appId, userId, role: 'STANDARD' });
    await events(page).first().and(page.locator('[data-changed]')).getByText('from Admin to Standard').waitFor();
    await page.getByText('The server cannot be reached.').waitFor({ state: 'detached' });
    await untilShown(page, 7);
    expect(new Set(await sentences(page)).size).toBe(7);
  });
});
