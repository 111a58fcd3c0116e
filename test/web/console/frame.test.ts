import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GivenConsole } from '../../support/consolePage';

describe('the frame of the console', () => {
  const given = new GivenConsole();

  it('serves a strict policy with a fresh nonce, and files under permanent names, compressed', async () => {
    const [one, two] = await Promise.all([fetch(`${given.service.url}/`), fetch(`${given.service.url}/account-central/gx624`)]);
    const policy = one.headers.get('content-security-policy') ?? '';
    expect(policy).toContain('script-src \'self\'; style-src \'self\' \'nonce-');
    expect(policy).toContain('frame-ancestors \'none\'');
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(policy).not.toBe(two.headers.get('content-security-policy'));
    const [, script = ''] = /src="(\.\.\/assets\/console-[^"]+\.js)"/.exec(await two.text()) ?? [];
    const asset = await fetch(new URL(script, `${given.service.url}/account-central/gx624`), { headers: { 'accept-encoding': 'br' } });
    expect([asset.status, asset.headers.get('content-encoding'), asset.headers.get('cache-control')]).toEqual([200, 'br', 'public, max-age=31536000, immutable']);
  });

  it('asks who is there, keeps the token out of storage, and signs out', async () => {
    const tab = await given.tab();
    const { page } = tab;
    await page.goto(given.service.url);
    await tab.heading('Who are you today?').waitFor();
    expect(await tab.violations()).toEqual([]);
    await tab.signInAs('Paul Coach');
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie')).not.toContain('eyJ');
    await page.getByRole('button', { name: /account and settings/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await tab.heading('Who are you today?').waitFor();
  });

  it('speaks the language of the browser, and another one that is chosen', async () => {
    const tab = await given.tab({ locale: 'de-AT' });
    const { page } = tab;
    await page.goto(given.service.url);
    await tab.heading('Wer sind Sie heute?').waitFor();
    await page.getByRole('button', { name: 'Paul Coach' }).click();
    await page.getByRole('link', { name: 'gx624 Keap Pro Recording einrichten' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.getByRole('button', { name: /Konto und Einstellungen/ }).click();
    await page.getByLabel('Sprache').selectOption('English');
    await page.getByRole('link', { name: 'Configure gx624' }).waitFor();
    await page.locator('html[lang="en"]').waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.reload();
    await tab.heading('Who are you today?').waitFor();
  });

  it('has a theme that is chosen and kept', async () => {
    const tab = await given.tab({ colorScheme: 'light' });
    const page = await tab.signInAs('Paul Coach');
    await page.getByRole('button', { name: /account and settings/ }).click();
    await page.getByRole('radio', { name: 'Dark' }).check();
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await page.reload();
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  });

  it('begins where a person has something to do, and keeps the app from page to page', async () => {
    const operator = await given.service.as('operator@keap.example', 'operator');
    await operator.mutate('registerApp', { appId: 'second1', name: 'Second', licences: 5, ownerKeapId: 'olivia@keap.example' });
    for (const [person, heading] of [['Ada Auditor', 'History'], ['Otis Operator', 'Operators'], ['Paul Coach', 'Account Central'], ['nobody.yet@keap.example', 'Account Central']] as const) {
      const tab = await given.tab();
      await tab.signInAs(person);
      await tab.heading(heading).waitFor();
    }
    const tab = await given.tab();
    const page = await tab.signInAs('Olivia Owner', '/users?app=second1');
    const navigation = page.getByRole('navigation', { name: 'Pages' });
    for (const name of ['History', 'Access reviews', 'Users']) {
      await navigation.getByRole('link', { name }).click();
      await tab.heading(name).waitFor();
      expect(new URL(page.url()).searchParams.get('app')).toBe('second1');
    }
    await navigation.getByRole('link', { name: 'Account Central' }).click();
    await page.getByRole('link', { name: 'Configure second1' }).click();
    await tab.heading('second1 Second').waitFor();
    await navigation.getByRole('link', { name: 'Users' }).click();
    await tab.heading('Users').waitFor();
    expect(new URL(page.url()).searchParams.get('app')).toBe('second1');
  });

  it('says that there is no such page, and leads back', async () => {
    const tab = await given.tab();
    const page = await tab.signInAs('Paul Coach', '/users/nowhere/at/all');
    await tab.heading('There is no such page').waitFor();
    await page.getByRole('link', { name: 'Go to the first page' }).click();
    await tab.heading('Account Central').waitFor();
    await page.locator('h1:focus').waitFor();
  });

  it('says when the file of a page cannot be loaded, and what helps', async () => {
    const tab = await given.tab();
    tab.expect(/Failed to load resource|Failed to fetch dynamically imported module/);
    const page = await tab.signInAs('Paul Coach');
    await page.route('**/assets/ConfigurePage-*.js', (route) => route.abort(), { times: 1 });
    await page.getByRole('link', { name: 'Configure gx624' }).click();
    await tab.heading('This could not be loaded').waitFor();
    await page.getByText('Reload it').waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Account Central' }).click();
    await tab.heading('Account Central').waitFor();
  });

  it('has a link to the content as its first stop', async () => {
    const tab = await given.tab();
    const page = await tab.signInAs('Paul Coach');
    await page.locator('body').press('Home');
    await tab.tabTo(page.getByRole('link', { name: 'Skip to the content' }));
    await page.keyboard.press('Enter');
    await page.locator('main:focus').waitFor();
  });

  it('says when the server is away, keeps what is typed, and comes back by itself', async () => {
    const tab = await given.tab();
    tab.expect(/Failed to load resource|WebSocket/);
    const page = await tab.signInAs('Paul Coach', '/account-central/gx624');
    const label = page.getByRole('textbox', { name: 'Account Label' });
    await label.fill('Typed before');
    await given.stop();
    await page.getByText('The server cannot be reached.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('it is not known whether this was done').waitFor();
    expect(await label.inputValue()).toBe('Typed before');
    await given.startAgain();
    await page.getByText('The server cannot be reached.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await tab.heading('Typed before').waitFor();
  });

  it('works below any path', async () => {
    const { hostname, port } = new URL(given.service.url);
    // A proxy would be refused in development mode, so this one adds no header.
    const below: Server = createServer((incoming, outgoing) => {
      const forwarded = request({ hostname, port, method: incoming.method, path: (incoming.url ?? '').replace(/^\/a\/b/, ''), headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    });
    below.on('upgrade', (_request, socket) => socket.destroy());
    await new Promise<void>((resolve) => below.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(below.address() as AddressInfo).port}`;
    const tab = await given.tab({ hosts: [host] });
    tab.expect(/WebSocket/);
    await tab.page.goto(`http://${host}/a/b/account-central/gx624`);
    await tab.page.getByRole('button', { name: 'Paul Coach' }).click();
    await tab.page.getByRole('link', { name: 'Account Central' }).first().click();
    await tab.page.locator('[data-app="gx624"]').waitFor();
    expect(new URL(tab.page.url()).pathname).toBe('/a/b/account-central');
    await tab.close();
    below.closeAllConnections();
    await new Promise((resolve) => below.close(resolve));
  });
});
