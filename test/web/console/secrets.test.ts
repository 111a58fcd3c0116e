import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../../support/browser';
import { ConsolePage } from '../../support/consolePage';
import { ForeignSite } from '../../support/foreignSite';
import { OpenIdProviderProcess } from '../../support/openIdProvider';
import { type ServiceProcess, startServiceProcess } from '../../support/serviceProcess';
import { tokenIn } from '../../support/smtpInbox';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { Person } from '../../support/person';

const OPERATOR = 'otis@partners.example';
const ANNA = 'anna@partners.example';

/** Everything that a page keeps or tells beyond its own memory, as one text. */
const KEPT = `(async () => {
  const databases = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done, failed) => Object.assign(indexedDB.open(name), { onsuccess: ({ target }) => done(target.result), onerror: failed }));
    for (const store of database.objectStoreNames) {
      databases.push(name, store, await new Promise((done, failed) => Object.assign(database.transaction(store).objectStore(store).getAll(), { onsuccess: ({ target }) => done(target.result), onerror: failed })));
    }
    database.close();
  }
  const caches_ = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) caches_.push(name, request.url, await (await cache.match(request)).text());
  }
  return JSON.stringify([
    { ...localStorage }, { ...sessionStorage }, databases, caches_, document.cookie, history.state, location.href, document.URL, document.referrer, document.title, window.name,
    navigation.entries().map((entry) => [entry.url, entry.getState()]), performance.getEntries().map(({ name }) => name),
    (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope), document.documentElement.outerHTML,
  ]);
})()`;

describe('secrets in the browser', () => {
  const directory = temporaryDirectory();
  let settings: Readonly<Record<string, string>>;
  let provider: OpenIdProviderProcess;
  let service: ServiceProcess;
  let browser: Browser;
  let allowed: ForeignSite;
  let foreign: ForeignSite;
  let tab: ConsolePage;
  /** What the provider issued to browsers. */
  let issued: string[];
  /** Everything that the browser sent in addresses and headers, and wrote to its console. */
  let told: string[];
  let telling: Promise<unknown>[];

  beforeAll(async () => {
    [provider, browser, allowed, foreign] = await Promise.all([OpenIdProviderProcess.start(), startBrowser(), ForeignSite.start(), ForeignSite.start()]);
    settings = {
      HOST: '127.0.0.1', LOG_LEVEL: 'trace', AUTH_ISSUER: provider.issuer, AUTH_AUDIENCE: OpenIdProviderProcess.audience, UNSIGNED_REQUESTS_PER_MINUTE: '0', CORS_ORIGINS: allowed.origin,
      CONSOLE_CLIENT_ID: 'partner-access-console', CONSOLE_SCOPE: 'openid offline_access', CONSOLE_RESOURCE: 'https://partners.example/jwt',
    };
    service = await startServiceProcess(directory.path, settings);
    await (await operator()).mutate('registerApp', { appId: 'gx624', name: 'Keap Pro', licences: 2, ownerKeapId: ANNA });
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([provider.stop(), allowed.stop(), foreign.stop()]);
    service.program.kill('SIGTERM');
    await service.program.ended;
    directory.remove();
  });
  beforeEach(async () => {
    tab = await ConsolePage.open(browser, service.url, { hosts: [new URL(provider.issuer).host, allowed.host, foreign.host] });
    [issued, told, telling] = [[], [], []];
    const context = tab.page.context();
    // The provider's own sign-in page asks for a font.
    tab.expect(/fonts\.googleapis\.com|ERR_NAME_NOT_RESOLVED|ERR_FAILED/);
    await context.route('https://fonts.googleapis.com/**', (route) => route.abort());
    context.on('console', (message) => told.push(message.text()));
    context.on('request', (request) => telling.push(request.allHeaders().then((headers) => told.push(request.url(), headers['referer'] ?? ''), () => told.push(request.url()))));
    context.on('response', (response) => {
      if (new URL(response.url()).pathname !== '/token' || response.request().method() !== 'POST') return;
      telling.push(response.json().then((answer: Readonly<Record<string, string>>) => issued.push(...['access_token', 'id_token', 'refresh_token'].flatMap((name) => answer[name] ?? []))));
    });
  });
  afterEach(async () => {
    const { problems } = tab;
    await tab.close();
    expect(problems).toEqual([]);
  });

  const operator = async (): Promise<Person> => new Person(service.url, OPERATOR, await provider.signIn('otis', 'jwt', 'openid operator'));
  const signedIn = async (name: string): Promise<Person> => new Person(service.url, `${name}@partners.example`, await provider.signIn(name, 'jwt', 'openid'));

  /** Enters a name at the provider, whose pages are open. */
  async function enter(page: Page, name: string): Promise<void> {
    await page.locator('input[name="login"]').fill(name);
    await page.locator('input[name="password"]').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
  }

  /** Answers the next request of the page as if its token had ended, which renews it. */
  async function renewWith(page: Page, act: () => Promise<void>): Promise<void> {
    const before = issued.length;
    await page.route('**/graphql', (route) => route.fulfill({ json: { errors: [{ message: 'The token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] } }), { times: 1 });
    await act();
    await Promise.all(telling);
    expect(issued.length).toBeGreaterThan(before);
  }

  async function nameAccount(page: Page, label: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Account Label' }).fill(label);
    await page.getByRole('button', { name: 'Save' }).click();
    await tab.heading(label).waitFor();
  }

  /** What the browser keeps and has told, in which no secret may be found. */
  async function traces(): Promise<string> {
    await Promise.all(telling);
    const { page } = tab;
    const { entries } = await (await page.context().newCDPSession(page)).send('Page.getNavigationHistory');
    return [await page.evaluate<string>(KEPT), JSON.stringify(await page.context().storageState({ indexedDB: true })), JSON.stringify(entries), ...told].join('\n');
  }

  /** An invitation of Anna to an app of Paula, with the token of its link. */
  async function invited(appId: string): Promise<string> {
    const [otis, paula] = [await operator(), await signedIn('paula')];
    await otis.mutate('registerApp', { appId, name: 'Paula', licences: 1, ownerKeapId: paula.keapId, url: `${foreign.origin}/${appId}` });
    const { invitation: { invitationId } } = await paula.mutate('invitePartner', { appId, keapId: ANNA, role: 'STANDARD' }, 'invitation { invitationId }');
    const delivery = async (): Promise<unknown> => (await paula.read('query ($appId: ID!) { app(appId: $appId) { users(filter: { statuses: [INVITED] }) { nodes { invitation { invitationId delivery } } } } }', { appId })).app.users.nodes[0];
    while (JSON.stringify(await delivery()) !== JSON.stringify({ invitation: { invitationId, delivery: 'SENT' } })) await new Promise((resolve) => setImmediate(resolve));
    const outbox = join(directory.path, 'outbox');
    const token = readdirSync(outbox).map((file) => readFileSync(join(outbox, file), 'utf8')).filter((mail) => mail.includes(appId)).map(tokenIn).find((one) => one !== '') ?? '';
    expect(token).toHaveLength(43);
    return token;
  }

  it.each([['a hidden frame', false], ['a refresh token', true]])('are no tokens in any storage after signing in and renewing it with %s', async (_name, refreshes) => {
    await provider.serveConsole(service.url, { refreshes });
    const { page } = tab;
    await page.goto(`${service.url}/account-central/gx624`);
    await enter(page, 'anna');
    await tab.heading(/gx624|Renewed/).waitFor();
    await nameAccount(page, `Signed in ${String(refreshes)}`);
    const first = await traces();
    await renewWith(page, () => nameAccount(page, `Renewed ${String(refreshes)}`));
    await renewWith(page, () => nameAccount(page, `Renewed again ${String(refreshes)}`));
    expect(issued).toHaveLength(refreshes ? 9 : 6);
    for (const text of [first, await traces()]) {
      for (const token of issued) for (const part of [token, ...token.split('.').slice(-1)]) expect([part, text.includes(part)]).toEqual([part, false]);
      expect(text).not.toMatch(/eyJ[\w-]+\.eyJ/);
    }
    // Nothing is left of the sign-in that was under way.
    expect(await page.evaluate('Object.keys(sessionStorage)')).toEqual([]);
  });

  it('include the link of an invitation, which no log, address, header, title, message or history tells', async () => {
    await provider.serveConsole(service.url);
    const token = await invited('gx625');
    const { page } = tab;
    const found: string[] = [];
    const look = async (where: string): Promise<void> => {
      if ((await traces()).includes(token)) found.push(where);
    };
    await page.goto(`${service.url}/invitation#${token}`);
    await tab.heading('Invitation to gx625 Paula').waitFor();
    await look('the invitation');
    await page.getByRole('button', { name: 'Accept' }).click();
    await enter(page, 'anna');
    await page.getByText('You have access to gx625 Paula.').first().waitFor();
    await look('the answer');
    const [app] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: 'Open app' }).click()]);
    await app.getByRole('heading', { name: 'Somebody else' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Account Central' }).click();
    await page.locator('[data-app="gx625"]').waitFor();
    await look('Account Central');
    await page.goBack();
    await tab.heading('Invitation').waitFor();
    await look('going back');
    await page.reload();
    await tab.heading('Invitation').waitFor();
    await look('a reload');
    expect(found).toEqual([]);
    for (const each of issued) expect([await traces()].filter((text) => text.includes(each))).toEqual([]);
    expect(JSON.stringify(foreign.requests)).not.toContain(token);
    service.program.kill('SIGTERM');
    const { stdout, stderr } = await service.program.ended;
    expect(stderr).toMatch(/"level":\d\d/);
    expect([stdout, stderr].filter((text) => [token, ...issued].some((secret) => text.includes(secret)))).toEqual([]);
    service = await startServiceProcess(directory.path, { ...settings, PORT: new URL(service.url).port });
  });

  it('are of no use to a page of somebody else: it is answered nothing, even with a token', async () => {
    const { keapId, token } = await signedIn('anna');
    // A tab in which no request is intercepted: playwright answers the browser's questions about other origins then.
    const elsewhere = await ConsolePage.open(browser, service.url, { hosts: [allowed.host, foreign.host] });
    const { page } = elsewhere;
    const send = (init: string): Promise<unknown> => page.evaluate(`fetch(${JSON.stringify(`${service.url}/graphql`)}, ${init}).then(async (response) => [response.type, await response.text()], ({ name }) => name)`);
    const headers = `headers: { 'content-type': 'application/json', authorization: 'Bearer ${token ?? ''}' }`;
    const mutation = 'body: JSON.stringify({ query: `mutation { setAccountLabel(input: { appId: "gx624", label: "taken over" }) { __typename } }` })';
    const socket = `new Promise((done) => { const socket = new WebSocket(${JSON.stringify(`${service.url.replace('http', 'ws')}/graphql`)}, 'graphql-transport-ws'); socket.onopen = () => done('open'); socket.onerror = () => done('refused'); })`;
    await page.goto(`${foreign.origin}/`);
    expect(await send(`{ method: 'POST', ${headers}, ${mutation} }`)).toBe('TypeError');
    expect(await send(`{ method: 'POST', mode: 'no-cors', ${headers}, ${mutation} }`)).toBe('TypeError');
    expect(await send(`{ headers: { authorization: 'Bearer ${token ?? ''}' } }`)).toBe('TypeError');
    expect(await page.evaluate(socket)).toBe('refused');
    expect(await page.evaluate(`fetch(${JSON.stringify(`${service.url}/console/config.json`)}).catch(({ name }) => name)`)).toBe('TypeError');
    const anna = new Person(service.url, keapId, token);
    expect((await anna.read('{ accountCentral { accounts { nodes { appId label } } } }')).accountCentral.accounts.nodes).not.toContainEqual({ appId: 'gx624', label: 'taken over' });
    await page.goto(`${allowed.origin}/`);
    expect(await send(`{ method: 'POST', ${headers}, ${mutation} }`)).toEqual(['cors', expect.stringContaining('SetAccountLabelSuccess')]);
    expect(await page.evaluate(socket)).toBe('open');
    await elsewhere.close();
  });
});
