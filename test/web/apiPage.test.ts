import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, validate } from 'graphql';
import type { Browser } from 'playwright-core';
import { buildApiSchema } from '../../src/resolvers/schema';
import { startBrowser, watchedPage, type WatchedPage } from '../support/browser';
import { startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';

const FOLDER = join(__dirname, '../../web/src/api/operations');
const operations = readdirSync(FOLDER).sort().map((file) => ({ name: file.replace('.graphql', ''), text: readFileSync(join(FOLDER, file), 'utf8') }));

describe('the page for front-end teams', () => {
  const directory = temporaryDirectory();
  let service: Awaited<ReturnType<typeof startServiceProcess>>;
  let browser: Browser;
  let opened: WatchedPage;
  beforeAll(async () => {
    [service, browser] = await Promise.all([startServiceProcess(directory.path), startBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    service.program.kill('SIGTERM');
    await service.program.ended;
    directory.remove();
  });
  beforeEach(async () => {
    opened = await watchedPage(browser, [new URL(service.url).host]);
  });
  afterEach(async () => {
    await opened.context.close();
  });

  it('has operations that the schema takes', () => {
    expect(operations.length).toBeGreaterThan(4);
    for (const { text } of operations) expect(validate(buildApiSchema(), parse(text))).toEqual([]);
  });

  it('is linked from the start page, which shows how to send a first request', async () => {
    const { page, problems } = opened;
    await page.goto(service.url);
    await page.getByText('curl -s').waitFor();
    expect(await page.locator('pre').textContent()).toContain(`${service.url}/graphql`);
    await page.getByRole('link', { name: 'Explore the API' }).click();
    await page.getByRole('heading', { level: 1, name: 'API' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/api');
    expect(problems).toEqual([]);
  });

  it('signs in as a demo person with one click and runs every saved operation', async () => {
    const { page, problems } = opened;
    await page.goto(`${service.url}/api`);
    await page.getByLabel('Signed in as').selectOption('olivia@keap.example');
    await page.locator('[data-signed-in="true"]').waitFor();
    const response = page.locator('.graphiql-response');
    for (const { name, text } of operations) {
      await page.getByLabel('Saved operations').selectOption(name);
      await page.locator('.graphiql-execute-button').click();
      await response.getByText(`"${/\{\s+(\w+)/.exec(text.slice(text.indexOf(')') + 1))?.[1] ?? ''}"`).first().waitFor();
      expect(await response.textContent()).not.toContain('"errors"');
      if (text.includes('\nsubscription')) await page.locator('.graphiql-execute-button').click();
    }
    expect(problems).toEqual([]);
  });

  it('keeps tokens out of storage and loads nothing from other hosts', async () => {
    const { page, context, problems } = opened;
    await page.goto(`${service.url}/api`);
    await page.getByLabel('Signed in as').selectOption('paul@coach.example');
    await page.locator('[data-signed-in="true"]').waitFor();
    expect(JSON.stringify(await context.storageState())).not.toContain('eyJ');
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toContain('eyJ');
    expect(problems).toEqual([]);
  });

  it('serves its files compressed, with a permanent cache lifetime, under a policy without inline scripts', async () => {
    const page = await fetch(`${service.url}/api`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain('default-src \'self\'');
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    const [, script = ''] = /src="\.\/(assets\/[^"]+\.js)"/.exec(await page.text()) ?? [];
    const asset = await fetch(`${service.url}/${script}`, { headers: { 'accept-encoding': 'br' } });
    expect([asset.status, asset.headers.get('content-encoding'), asset.headers.get('cache-control')]).toEqual([200, 'br', 'public, max-age=31536000, immutable']);
  });

  describe('opened from another local origin', () => {
    let elsewhere: Server;
    beforeAll(async () => {
      elsewhere = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>Another front end</title>'));
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => new Promise((resolve) => elsewhere.close(resolve)));

    it('runs the same operations', async () => {
      const { port } = elsewhere.address() as AddressInfo;
      const { page, problems } = await watchedPage(browser, [new URL(service.url).host, `127.0.0.1:${port}`]);
      await page.goto(`http://127.0.0.1:${port}/`);
      const wanted = operations.filter(({ text }) => !text.includes('\nsubscription'));
      const answers = await page.evaluate(async ({ url, texts }) => {
        const token = ((await (await fetch(`${url}/dev/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"keapId":"olivia@keap.example"}' })).json()) as { token: string }).token;
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'apollographql-client-name': 'another front end', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
        return Promise.all(texts.map(async (query) => {
          const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
          return { position: response.headers.get('x-position'), body: (await response.json()) as { data?: object; errors?: unknown } };
        }));
      }, { url: service.url, texts: wanted.map(({ text }) => text) });
      expect(answers).toHaveLength(wanted.length);
      for (const { position, body } of answers) expect([typeof position, body.errors, typeof body.data]).toEqual(['string', undefined, 'object']);
      expect(problems).toEqual([]);
      await page.context().close();
    });
  });
});
