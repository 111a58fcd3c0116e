import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../../support/browser';
import { ConsolePage } from '../../support/consolePage';
import { untilMailEvents } from '../../support/mailEvents';
import { OpenIdProviderProcess } from '../../support/openIdProvider';
import { tokenIn } from '../../support/smtpInbox';
import { Person } from '../../support/person';
import { TestService } from '../../support/testService';

describe('signing in to the console', () => {
  describe('at an OpenID provider', () => {
    let provider: OpenIdProviderProcess;
    let service: TestService;
    let browser: Browser;
    let tab: ConsolePage;
    beforeAll(async () => {
      [provider, browser] = await Promise.all([OpenIdProviderProcess.start(), startBrowser()]);
      service = await TestService.start({
        sends: ['mail'],
        env: {
          AUTH_ISSUER: provider.issuer, AUTH_AUDIENCE: OpenIdProviderProcess.audience, UNSIGNED_REQUESTS_PER_MINUTE: '0',
          CONSOLE_CLIENT_ID: 'partner-access-console', CONSOLE_SCOPE: 'openid', CONSOLE_RESOURCE: 'https://partners.example/jwt',
        },
      });
      await provider.serveConsole(service.url);
      const operator = new Person(service.url, 'otis@partners.example', await provider.signIn('otis', 'jwt', 'openid operator'));
      await operator.mutate('registerApp', { appId: 'gx624', name: 'Keap Pro', licences: 2, ownerKeapId: 'anna@partners.example' });
    });
    afterAll(async () => {
      await browser.close();
      await service.close();
      await provider.stop();
    });
    beforeEach(async () => {
      tab = await ConsolePage.open(browser, service.url, { hosts: [new URL(provider.issuer).host] });
      // The provider's own sign-in page asks for a font.
      tab.expect(/fonts\.googleapis\.com|ERR_NAME_NOT_RESOLVED|ERR_FAILED/);
      await tab.page.route('https://fonts.googleapis.com/**', (route) => route.abort());
    });
    afterEach(async () => {
      const { problems } = tab;
      await tab.close();
      expect(problems).toEqual([]);
    });

    /** Opens an address of the console, is sent to the provider, and signs in there. */
    async function signIn(path: string): Promise<Page> {
      const { page } = tab;
      await page.goto(`${service.url}${path}`);
      await page.locator('input[name="login"]').fill('anna');
      await page.locator('input[name="password"]').fill('any');
      await page.getByRole('button', { name: 'Sign-in' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
      return page;
    }

    it('keeps the address that was asked for, and the token in memory only', async () => {
      const page = await signIn('/account-central/gx624?from=a-link');
      await tab.heading('gx624 Keap Pro').waitFor();
      expect(page.url()).toBe(`${service.url}/account-central/gx624?from=a-link`);
      expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie')).not.toMatch(/eyJ|token/);
      await page.reload();
      await tab.heading('gx624 Keap Pro').waitFor();
    });

    it('renews a sign-in that has ended, without the person and without losing what is typed', async () => {
      const page = await signIn('/account-central/gx624');
      await tab.heading('gx624 Keap Pro').waitFor();
      const label = page.getByRole('textbox', { name: 'Account Label' });
      await label.fill('Renewed');
      const bearers: (string | undefined)[] = [];
      await page.route('**/graphql', async (route) => {
        const { authorization } = route.request().headers();
        bearers.push(authorization);
        if (bearers.length > 1) await route.continue();
        else await route.fulfill({ status: 200, contentType: 'application/json', body: JSON.stringify({ errors: [{ message: 'The token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] }) });
      });
      await page.getByRole('button', { name: 'Save' }).click();
      await tab.heading('Renewed').waitFor();
      expect(new Set(bearers.slice(0, 2)).size).toBe(2);
    });

    it('answers an invitation after the sign-in; its token stays in the tab', async () => {
      const operator = new Person(service.url, 'otis@partners.example', await provider.signIn('otis', 'jwt', 'openid operator'));
      const paula = new Person(service.url, 'paula@partners.example', await provider.signIn('paula', 'jwt', 'openid'));
      await operator.mutate('registerApp', { appId: 'gx625', name: 'Paula', licences: 1, ownerKeapId: paula.keapId });
      const { invitation: { invitationId } } = await paula.mutate('invitePartner', { appId: 'gx625', keapId: 'anna@partners.example', role: 'STANDARD' }, 'invitation { invitationId }');
      await untilMailEvents(service, 'gx625', invitationId, (types) => types.includes('Sent'));
      const outbox = join(service.dataDir, 'outbox');
      const token = readdirSync(outbox).map((file) => readFileSync(join(outbox, file), 'utf8')).filter((mail) => mail.includes('gx625')).map(tokenIn).find((one) => one !== '') ?? 'none';
      const asked: string[] = [];
      tab.page.on('request', (request) => asked.push(request.url(), request.headers()['referer'] ?? ''));
      const { page } = tab;
      await page.goto(`${service.url}/invitation#${token}`);
      await page.getByRole('button', { name: 'Accept' }).click();
      await page.locator('input[name="login"]').fill('anna');
      await page.locator('input[name="password"]').fill('any');
      await page.getByRole('button', { name: 'Sign-in' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText('You have access to gx625 Paula.').first().waitFor();
      expect(page.url()).toBe(`${service.url}/invitation`);
      expect(asked.filter((address) => address.includes(token))).toEqual([]);
      expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toContain(token);
    });

    it('signs out here and at the provider', async () => {
      const page = await signIn('/');
      await page.getByRole('button', { name: /account and settings/ }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: /Yes, sign me out/ }).click();
      await page.getByText('You have signed out.').waitFor();
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('input[name="login"]').waitFor();
    });
  });

  it('is off outside development mode without a client of the provider, and says so', async () => {
    const service = await TestService.start({ env: { AUTH_JWT_SECRET: 'a secret of more than thirty-two bytes' } });
    const [start, page, config] = await Promise.all([fetch(`${service.url}/`), fetch(`${service.url}/account-central`), fetch(`${service.url}/console/config.json`)]);
    expect([start.status, await start.text()]).toEqual([200, expect.stringContaining('The console is off')]);
    expect([page.status, await page.json()]).toEqual([404, { error: { code: 'NOT_FOUND', message: expect.stringContaining('CONSOLE_CLIENT_ID is not set') } }]);
    expect(await config.json()).toEqual({ development: false, introspection: false, signIn: null, demoPeople: [] });
    await service.close();
  });
});
