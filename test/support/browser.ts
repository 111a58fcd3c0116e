import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type * as playwright from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** What `environment.cjs` shares between test files; the benchmarks have no such environment. */
const { sharedPlaywright } = globalThis as { readonly sharedPlaywright?: typeof playwright };

/** Switches for a browser that runs without a display, as any user, and asks nobody but the addresses that a test opens. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

// Also found from where the benchmarks are compiled to.
const PACKAGE = join(dirname(require.resolve('@sparticuz/chromium')), '../..');
const MODULES = join(PACKAGE, '../..');

/** Returns the directory of the Chromium that a package brings. It is unpacked once for each version, which takes seconds and 200 MB. */
function unpackedChromium(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { readonly version: string };
  const directory = join(MODULES, `.cache/chromium-${version}`);
  if (!existsSync(directory)) execFileSync(process.execPath, [join(MODULES, '../test/support/unpackChromium.mjs'), directory], { stdio: 'pipe' });
  return directory;
}

/** Starts a real Chromium without a window: the one that CHROMIUM names, else the one of the package, in any case with its fonts. The caller closes it. */
export async function startBrowser(): Promise<Browser> {
  const { chromium } = sharedPlaywright ?? await import('playwright-core');
  const unpacked = unpackedChromium();
  const { CHROMIUM = join(unpacked, 'chromium'), ...env } = process.env;
  const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS, headless: true, env: { ...env, FONTCONFIG_FILE: join(unpacked, 'fonts.conf') } });
  // On a busy machine Chromium itself may crash before it has begun: one of its threads changes the environment while another one reads it.
  return launch().catch(launch);
}

export interface WatchedPage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What a user never sees and a test must: script errors, error messages, requests to hosts other than the allowed ones. Tabs that the page opens count too. */
  readonly problems: string[];
  /** What the browser reports of the content security policy, from every frame of every tab. */
  readonly violations: string[];
}

/** The policy's reports, as the browser makes them for each document, whatever else it says about them. */
const REPORTS = 'addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, documentURI }) => noteViolation(`${effectiveDirective} refuses ${blockedURI} in ${documentURI}`))';

/** Opens an empty page that records what goes wrong in it. Requests may go to `hosts` only. */
export async function watchedPage(browser: Browser, hosts: readonly string[], options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const problems: string[] = [];
  const violations: string[] = [];
  await context.exposeFunction('noteViolation', (violation: string) => { violations.push(`policy: ${violation}`); });
  await context.addInitScript({ content: REPORTS });
  context.on('page', (page) => page.on('pageerror', (error) => problems.push(`error: ${error.message}`)));
  context.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (['http:', 'https:'].includes(url.protocol) && !hosts.includes(url.host)) problems.push(`request to ${url.host}`);
  });
  return { context, page: await context.newPage(), problems, violations };
}
