import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Switches for a browser that runs without a display, as any user, and asks nobody but the addresses that a test opens. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Starts a real Chromium without a window. The caller closes it. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = execFileSync(process.execPath, [join(__dirname, 'chromiumPath.mjs')], { encoding: 'utf8' });
  return chromium.launch({ executablePath, args: ARGUMENTS, headless: true });
}

export interface WatchedPage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What a user never sees and a test must: script errors, messages about the content security policy, requests to hosts other than the allowed ones. */
  readonly problems: string[];
}

/** Opens an empty page that records what goes wrong in it. Requests may go to `hosts` only. */
export async function watchedPage(browser: Browser, hosts: readonly string[], options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (['http:', 'https:'].includes(url.protocol) && !hosts.includes(url.host)) problems.push(`request to ${url.host}`);
  });
  return { context, page, problems };
}
