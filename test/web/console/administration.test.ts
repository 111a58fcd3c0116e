import { createReadStream, readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { bundleLines } from '../../../src/proofs/bundle';
import { readBundleOrPage } from '../../../src/proofs/verify/reviewPage';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Json, Person } from '../../support/person';

const ACTS = 'query ($filter: MembershipEventFilter) { administrativeEvents(filter: $filter, last: 200) { nodes { id type position } } }';

describe('the page of administrative events', () => {
  const given = new GivenConsole({ CHECKPOINT_EVERY_EVENTS: '1', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
  let operator: Person;
  let auditor: Person;
  beforeAll(async () => {
    [operator, auditor] = await Promise.all([given.service.as('operator@keap.example', 'operator'), given.service.as('auditor@keap.example', 'auditor')]);
    await operator.mutate('registerApp', { appId: 'acts', name: 'Acts', licences: 5, ownerKeapId: 'olivia@keap.example', ownerName: 'Olivia Owner' });
    await operator.mutate('appointAdmin', { appId: 'acts', keapId: 'sam@acts.example', name: 'Sam Second', reason: 'Ticket 1' });
    const { webhook } = await operator.mutate('registerWebhook', { url: 'https://127.0.0.1:1/secret' }, 'webhook { webhookId }');
    await operator.mutate('removeWebhook', { webhookId: webhook.webhookId });
    await auditor.mutate('startAccessReview', { appId: 'acts', note: 'Quarter 2' });
    await auditor.read('query { app(appId: "acts") { users { totalCount } } }');
  });

  const list = (page: Page): Locator => page.getByRole('list', { name: 'What happened, newest first' });
  const rows = (page: Page): Locator => list(page).getByRole('listitem');
  const sentences = (page: Page): Promise<string[]> => rows(page).getByRole('link').allTextContents();
  const open = async (name: string, path = '/administration'): Promise<{ readonly console: ConsolePage; readonly page: Page }> => {
    const console = await given.tab();
    return { console, page: await console.signInAs(name, path) };
  };
  const OF_OPERATORS = [
    'operator@keap.example removed a webhook.',
    'operator@keap.example registered a webhook at 127.0.0.1:1.',
    'operator@keap.example appointed Sam Second as an admin.',
    'Olivia Owner became the owner of the app.',
    'operator@keap.example registered the app Acts with 5 licences.',
  ];
  /** How the demonstration began. */
  const OF_DEMONSTRATION = ['Olivia Owner became the owner of the app.', 'operator@keap.example registered the app Keap Pro Recording with 3 licences.'];

  it('lists to an operator what operators did, in their words, without what auditors read', async () => {
    const { console, page } = await open('Otis Operator', '/operators');
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Administrative events' }).click();
    await console.heading('Administrative events').waitFor();
    await rows(page).first().waitFor();
    expect(await sentences(page)).toEqual(['auditor@keap.example started an access review of acts, with 2 people.', ...OF_OPERATORS, ...OF_DEMONSTRATION]);
    await rows(page).getByText('Reason: Ticket 1').waitFor();
    await page.getByText('What auditors read is for auditors.').waitFor();
    expect(await page.getByLabel('Kind of event').locator('option', { hasText: 'Read by an auditor' }).count()).toBe(0);
    expect(await console.violations()).toEqual([]);
  });

  it('opens an act with its proof, for auditors and for operators', async () => {
    const { nodes } = (await auditor.read(ACTS, { filter: { types: ['WebhookRegistered', 'OwnerAdded'] } })).administrativeEvents;
    const addressOf = (wanted: string): string => `/administration?event=${encodeURIComponent(nodes.findLast(({ type }: Json) => type === wanted).id)}`;
    while (((await auditor.read('{ latestCheckpoint { position } }')).latestCheckpoint?.position ?? '') < nodes.at(-1).position) continue;
    for (const [name, wanted] of [['Ada Auditor', 'WebhookRegistered'], ['Otis Operator', 'WebhookRegistered'], ['Ada Auditor', 'OwnerAdded'], ['Otis Operator', 'OwnerAdded']] as const) {
      const { console, page } = await open(name, addressOf(wanted));
      const dialog = page.getByRole('dialog', { name: 'Event' });
      await dialog.locator('[data-verdict="right"]').waitFor();
      expect(await dialog.locator('[data-result="right"]').count()).toBe(6);
      if (wanted === 'OwnerAdded') expect(await dialog.getByRole('link', { name: 'History of acts' }).count()).toBe(name === 'Ada Auditor' ? 1 : 0);
      else expect(await dialog.getByText('/secret').count()).toBe(1);
      expect(await console.violations()).toEqual([]);
      await dialog.getByRole('link', { name: 'Everything that they did' }).click();
      await rows(page).first().waitFor();
      await dialog.waitFor({ state: 'detached' });
      expect(await sentences(page)).toEqual([...OF_OPERATORS, ...OF_DEMONSTRATION]);
    }
  });

  it('gives auditors all acts of the chosen days as a sealed file, whatever the other filters say, and says why where it cannot', async () => {
    const { console, page } = await open('Ada Auditor', '/administration?kind=webhooks&from=2020-01-01');
    await rows(page).first().waitFor();
    const button = page.getByRole('button', { name: 'Download sealed file' });
    const [saved] = await Promise.all([page.waitForEvent('download'), button.click()]);
    expect(saved.suggestedFilename()).toMatch(/^administration-.*\.ndjson$/);
    const { verification } = await readBundleOrPage(bundleLines(createReadStream(await saved.path())), null);
    expect(verification).toMatchObject({ findings: [], sealedBy: expect.any(String) });
    const [asked, ...lines]: Json[] = readFileSync(await saved.path(), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
    expect(asked!.data).toEqual({ administration: true, app: null, from: '2020-01-01T00:00:00.000Z', to: null });
    expect(lines.map(({ type }) => type)).toEqual(expect.arrayContaining(['partner-access.AppRegistered', 'partner-access.AuditorRead', 'partner-access.WebhookRemoved']));
    console.expect(/Failed to load resource/);
    await page.route('**/export/administration.ndjson*', (route) => route.fulfill({ status: 429, json: { error: { code: 'TOO_MANY_REQUESTS', message: 'A file is being sent to you already.' } } }));
    await button.click();
    await page.getByText('The file could not be downloaded. A file is being sent to you already.').waitFor();
    expect(await console.violations()).toEqual([]);
    const other = await open('Otis Operator');
    await rows(other.page).first().waitFor();
    expect(await other.page.getByRole('button', { name: 'Download sealed file' }).count()).toBe(0);
  });

  it('keeps its filters in the address, and says when nothing matches', async () => {
    const { console, page } = await open('Ada Auditor', '/administration?kind=webhooks&app=-');
    await rows(page).first().waitFor();
    expect(await sentences(page)).toEqual(OF_OPERATORS.slice(0, 2));
    await page.getByLabel('Kind of event').selectOption({ label: 'Webhook registered' });
    await rows(page).nth(1).waitFor({ state: 'detached' });
    await rows(page).nth(0).waitFor();
    expect(await sentences(page)).toEqual(OF_OPERATORS.slice(1, 2));
    expect(new URL(page.url()).search).toBe('?kind=WebhookRegistered&app=-');
    await page.getByRole('button', { name: 'Show everything' }).click();
    await list(page).getByText('auditor@keap.example read app of acts.').waitFor();
    expect(new URL(page.url()).search).toBe('');
    await page.getByRole('combobox', { name: 'App', exact: true }).fill('Acts');
    await page.getByRole('option', { name: 'acts Acts' }).click();
    await page.getByLabel('Done by').fill('OPERATOR@keap.example');
    await page.getByLabel('Done by').press('Enter');
    await rows(page).nth(3).waitFor({ state: 'detached' });
    await rows(page).nth(2).waitFor();
    expect(await sentences(page)).toEqual(OF_OPERATORS.slice(2));
    await page.getByLabel('Done by').fill('nobody@keap.example');
    await page.getByText('Nothing matches these filters.').waitFor();
    expect(await console.violations()).toEqual([]);
  });

  it('reads further pages as far as it is scrolled, and what is new when it is asked to', async () => {
    for (let licences = 10; licences < 70; licences += 1) await operator.mutate('setLicences', { appId: 'acts', licences });
    const { page } = await open('Otis Operator', '/administration?app=acts');
    await list(page).getByText('gave the app 69 licences').waitFor();
    const last = list(page).getByText('registered the app Acts');
    while ((await last.count()) === 0) await page.evaluate('new Promise((done) => { window.scrollTo(0, document.documentElement.scrollHeight); requestAnimationFrame(done); })');
    await page.getByText('This is the beginning.').waitFor();
    await operator.mutate('setLicences', { appId: 'acts', licences: 99 });
    await page.getByRole('button', { name: 'Read again' }).click();
    await list(page).getByText('gave the app 99 licences').waitFor();
  });

  it('is for operators and auditors', async () => {
    const { console, page } = await open('Olivia Owner');
    await console.heading('You may not see this').waitFor();
    expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Administrative events' }).count()).toBe(0);
    expect(await console.violations()).toEqual([]);
  });

  it('says when it cannot be read, and reads again', async () => {
    const { console, page } = await open('Otis Operator', '/operators');
    console.expect(/Failed to load resource/);
    await page.route('**/graphql', (route) => (route.request().postData()?.includes('AdministrativeEvents') === true ? route.fulfill({ status: 400, contentType: 'application/json', body: JSON.stringify({ errors: [{ message: 'The index is being filled.', extensions: { code: 'BAD_USER_INPUT' } }] }) }) : route.continue()));
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Administrative events' }).click();
    await page.getByRole('alert').getByText('The index is being filled.').waitFor();
    expect(await console.violations()).toEqual([]);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await rows(page).first().waitFor();
  });

  it('fits a phone, in German, by keyboard', async () => {
    const console = await given.tab({ viewport: { width: 320, height: 640 }, locale: 'de-DE' });
    const { page } = console;
    await page.goto(`${given.service.url}/administration`);
    await page.getByRole('button', { name: 'Ada Auditor' }).first().click();
    await page.getByText('hat der App 99 Lizenzen gegeben.').first().waitFor();
    expect(await console.isTooWide()).toBe(false);
    const filters = page.getByRole('button', { name: 'Filter', exact: true });
    await console.tabTo(filters);
    await page.keyboard.press('Enter');
    await page.getByLabel('Art des Ereignisses').waitFor();
    expect(await console.isTooWide()).toBe(false);
    expect(await console.violations()).toEqual([]);
  });
});
