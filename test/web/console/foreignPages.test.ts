import type { Page } from 'playwright-core';
import { ConsolePage, GivenConsole } from '../../support/consolePage';
import { ForeignSite } from '../../support/foreignSite';

/** Everything that a browser can open, one address of each kind. */
const ADDRESSES = [
  '/', '/account-central', '/account-central/gx624', '/users', '/users/u1', '/history', '/reviews', '/reviews/r1', '/verify', '/webhooks', '/operators', '/operators/health', '/invitation', '/signed-in',
  '/api', '/schema.graphql', '/console/config.json', '/graphql', '/health/live', '/health/ready', '/metrics', '/dev/outbox', '/no/such/address',
];

/** Puts an address into a frame of the page, and returns what the frame shows once it has come to rest. */
async function shownInFrame(page: Page, url: string): Promise<string> {
  const element = await page.evaluateHandle(`new Promise((done) => {
    const frame = document.createElement('iframe');
    frame.onload = () => done(frame);
    frame.src = ${JSON.stringify(url)};
    document.body.append(frame);
  })`);
  const frame = await element.asElement().contentFrame();
  // The browser tells of the new address beside the answer about the frame, so it may arrive later.
  while (frame?.url() === '') await page.evaluate('0');
  const shown = frame?.url() ?? 'nothing';
  await element.asElement().evaluate('(frame) => frame.remove()');
  return shown;
}

describe('a page of somebody else', () => {
  const given = new GivenConsole();
  let foreign: ForeignSite;
  beforeAll(async () => {
    foreign = await ForeignSite.start();
  });
  afterAll(() => foreign.stop());

  it('cannot frame anything of the service', async () => {
    const tab = await given.tab({ hosts: [foreign.host] });
    tab.expect(/frame-ancestors|X-Frame-Options|Failed to load resource/);
    await tab.page.goto(`${foreign.origin}/`);
    expect(await shownInFrame(tab.page, `${foreign.origin}/itself`)).toBe(`${foreign.origin}/itself`);
    for (const address of ADDRESSES) expect([address, await shownInFrame(tab.page, `${given.service.url}${address}`)]).toEqual([address, 'chrome-error://chromewebdata/']);
  });

  it('is not the only one: the service frames itself only where a sign-in is renewed', async () => {
    const tab = await given.tab();
    tab.expect(/frame-ancestors|X-Frame-Options|Failed to load resource/);
    const page = await tab.signInAs('Paul Coach');
    const framed: string[] = [];
    for (const address of ADDRESSES) if ((await shownInFrame(page, `${given.service.url}${address}`)) !== 'chrome-error://chromewebdata/') framed.push(address);
    expect(framed).toEqual(['/signed-in']);
  });

  it('loses hold of a window in which it opens the console, and cannot send anything there', async () => {
    const tab = await given.tab({ hosts: [foreign.host] });
    const { page } = tab;
    await page.goto(`${foreign.origin}/`);
    const [opened] = await Promise.all([page.context().waitForEvent('page'), page.evaluate(`opened = window.open(${JSON.stringify(`${given.service.url}/account-central`)}, 'console'); undefined`)]);
    await opened.getByRole('button', { name: 'Paul Coach' }).click();
    await opened.locator('[data-app="gx624"]').waitFor();
    await opened.evaluate('received = []; addEventListener("message", ({ data }) => received.push(data))');
    expect(await opened.evaluate('[window.opener, window.name]')).toEqual([null, '']);
    expect(await page.evaluate('opened.closed')).toBe(true);
    expect(await page.evaluate('opened.postMessage("from elsewhere", "*"); try { opened.document.title } catch ({ name }) { name }')).toBe('SecurityError');
    // Under the same name there is another window now.
    const [another] = await Promise.all([page.context().waitForEvent('page'), page.evaluate(`window.open('/again', 'console'); undefined`)]);
    await another.waitForURL(`${foreign.origin}/again`);
    expect(opened.url()).toBe(`${given.service.url}/account-central`);
    expect(await opened.evaluate('received')).toEqual([]);
  });

  it('is opened from the console without a hold on it, and is not told where somebody came from', async () => {
    const [operator, owner] = [await given.service.as('operator@keap.example', 'operator'), 'fred@client.example'];
    await operator.mutate('registerApp', { appId: 'fred1', name: 'Fred', licences: 1, ownerKeapId: owner, url: `${foreign.origin}/fred1` });
    const tab = await given.tab({ hosts: [foreign.host] });
    const page = await tab.signInAs(owner);
    const [opened] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: 'Open app fred1' }).click()]);
    await opened.getByRole('heading', { name: 'Somebody else' }).waitFor();
    expect(await opened.evaluate('[window.opener, document.referrer, history.length]')).toEqual([null, '', 1]);
    expect(foreign.requests.filter(({ path }) => path === '/fred1').map(({ headers }) => headers.referer)).toEqual([undefined]);
  });

  it('cannot take the service\'s files into its own document', async () => {
    const tab = await given.tab({ hosts: [foreign.host] });
    tab.expect(/Failed to load resource|ERR_BLOCKED_BY_RESPONSE/);
    const { page } = tab;
    const [, script = ''] = /src="(assets\/console-[^"]+\.js)"/.exec(await (await fetch(given.service.url)).text()) ?? [];
    expect(script).not.toBe('');
    await page.goto(`${foreign.origin}/`);
    const loaded = await page.evaluate(`Promise.all(['script', 'img', 'link'].map((name) => new Promise((done) => {
      const element = Object.assign(document.createElement(name), name === 'link' ? { rel: 'stylesheet' } : {}, { onload: () => done(name), onerror: () => done(null) });
      element[name === 'link' ? 'href' : 'src'] = ${JSON.stringify(`${given.service.url}/${script}`)};
      document.head.append(element);
    })))`);
    expect(loaded).toEqual([null, null, null]);
  });
});

describe('the tests of the console', () => {
  const given = new GivenConsole();

  it('fail on every violation of the policy, which none can allow', async () => {
    const browser = (await given.tab()).page.context().browser();
    if (browser === null) throw new Error('The browser is gone.');
    const tab = await ConsolePage.open(browser, given.service.url);
    tab.expect(/./);
    await tab.signInAs('Paul Coach');
    expect(tab.problems).toEqual([]);
    const reported = tab.page.evaluate('new Promise((done) => addEventListener("securitypolicyviolation", done, { once: true })).then(({ effectiveDirective }) => effectiveDirective)');
    await tab.page.evaluate('document.body.append(Object.assign(document.createElement("script"), { textContent: "document.title = \'taken over\'" }))');
    expect(await reported).toBe('script-src-elem');
    expect(await tab.page.title()).not.toBe('taken over');
    expect(tab.problems).toEqual([`policy: script-src-elem refuses inline in ${given.service.url}/account-central`]);
    await tab.close();
  });
});
