import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { startBrowser, watchedPage } from './browser';
import { startServiceProcess, type ServiceProcess } from './serviceProcess';
import { temporaryDirectory } from './temporaryDirectory';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** The rules whose result depends on how a page is coloured. All others find the same in every theme. */
export const COLOUR_RULES: readonly string[] = ['color-contrast', 'link-in-text-block'];

/** Runs axe-core in the page. Only what was found comes back: copying everything else that axe-core tells takes twice as long as finding out. */
const runAxe = (only: readonly string[] | null, except: string | null): string => `axe.run(${except === null ? 'document' : JSON.stringify({ exclude: [except] })}, ${JSON.stringify({ resultTypes: ['violations'], ...(only && { runOnly: only }) })}).then(({ violations }) =>
  violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => [id, help, html, failureSummary].join(': '))))`;

/** What a person has told their system about how pages should look. */
export type Media = NonNullable<Parameters<Page['emulateMedia']>[0]>;

/**
 * What axe-core finds on a page as somebody sees it who asks for `media`; nothing where all is well.
 * @param only the rules to apply; all of them when null. @param except selector of what is not this project's to mend.
 */
export async function violationsIn(page: Page, media: Media, only: readonly string[] | null = null, except: string | null = null): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(AXE);
  await page.emulateMedia(media);
  // The component library follows the theme a moment later.
  if (media.colorScheme) await page.locator(`html[data-mantine-color-scheme="${media.colorScheme}"], html:not([data-mantine-color-scheme])`).waitFor();
  return page.evaluate<string[]>(runAxe(only, except));
}

/** So many frames may pass until a page that got another size has laid itself out. */
const MOST_FRAMES = 100;

/** Whether something stays wider than the window, so that people would have to scroll sideways. */
export async function staysTooWide(page: Page): Promise<boolean> {
  for (let frame = 0; frame < MOST_FRAMES; frame += 1) {
    if (await page.evaluate<boolean>('document.documentElement.scrollWidth <= document.documentElement.clientWidth')) return false;
    await page.evaluate('new Promise((resolve) => { requestAnimationFrame(() => { resolve(null); }); })');
  }
  return true;
}

/** Tab presses after which a page counts as one that never reaches its end. */
const MAX_TABS = 80;

/** A tab in which a test uses the console as a person does. */
export class ConsolePage {
  readonly #expected: RegExp[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
    private readonly noted: readonly string[],
    private readonly reported: readonly string[],
  ) {}

  /** Opens a tab with a storage of its own, in which nobody is signed in. Requests may go to the service and to `hosts` only. */
  static async open(browser: Browser, url: string, { hosts = [], ...options }: BrowserContextOptions & { readonly hosts?: readonly string[] } = {}): Promise<ConsolePage> {
    const { page, problems, violations } = await watchedPage(browser, [new URL(url).host, ...hosts], { reducedMotion: 'reduce', locale: 'en-US', timezoneId: 'UTC', ...options });
    return new ConsolePage(page, url, problems, violations);
  }

  /** What went wrong: script errors, messages of the console, requests to other hosts, and every report about the content security policy. */
  get problems(): readonly string[] {
    return [...this.reported, ...this.noted.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)))];
  }

  /** Allows messages that a test provokes, such as the browser's own about a server that is away. Reports about the policy are never allowed. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /**
   * Opens an address of the console and signs in there, as a person of the demonstration by their name or as anybody by a Keap ID. Waits for the
   * heading of the page.
   */
  async signInAs(person: string, path = '/'): Promise<Page> {
    await this.page.goto(`${this.url}${path}`);
    if (person.includes('@')) {
      await this.page.getByLabel('Keap ID').fill(person);
      await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    } else {
      await this.page.getByRole('list', { name: 'People of the demonstration' }).getByRole('button', { name: person }).click();
    }
    await this.page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await this.heading().waitFor();
    return this.page;
  }

  /** The heading of the page. */
  heading(name?: string | RegExp): Locator {
    return this.page.getByRole('heading', { level: 1, ...(name === undefined ? {} : { name }) });
  }

  /**
   * What axe-core finds on the page as it is now, and with the rules about colours in the dark theme too; nothing where all is well.
   * @param except selector of what is not this project's to mend.
   */
  async violations(except: string | null = null): Promise<readonly string[]> {
    const light = await violationsIn(this.page, { colorScheme: 'light' }, null, except);
    const dark = await violationsIn(this.page, { colorScheme: 'dark' }, COLOUR_RULES, except);
    return [...light, ...dark.map((violation) => `dark: ${violation}`)];
  }

  /** Whether something stays wider than the window, so that people would have to scroll sideways. */
  isTooWide(): Promise<boolean> {
    return staysTooWide(this.page);
  }

  /** Presses Tab until an element has the focus, as somebody without a mouse does. @throws Error when it is never reached. */
  async tabTo(target: Locator): Promise<void> {
    for (let presses = 0; presses < MAX_TABS; presses += 1) {
      await this.page.keyboard.press('Tab');
      if ((await target.and(this.page.locator(':focus')).count()) > 0) return;
    }
    throw new Error(`Tab does not reach ${String(target)}.`);
  }

  /** Presses the down arrow until an item of the open menu has the focus. @throws Error when it never gets it. */
  async arrowTo(item: Locator): Promise<void> {
    // The menu takes the focus a moment after it is shown.
    await this.page.locator('[role="menu"]:focus-within').waitFor();
    for (let presses = 0; presses < MAX_TABS; presses += 1) {
      if ((await item.and(this.page.locator(':focus')).count()) > 0) return;
      await this.page.keyboard.press('ArrowDown');
    }
    throw new Error(`The down arrow does not reach ${String(item)}.`);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** A service of its own with its demonstration, and a browser, for the tests of one suite. After each test every tab of it is checked and closed. */
export class GivenConsole {
  #service: ServiceProcess | undefined;
  #browser: Browser | undefined;
  readonly #open: ConsolePage[] = [];
  readonly #directory = temporaryDirectory();

  /** Starts both before the first test. @param env further settings of the service. */
  constructor(private readonly env: Readonly<Record<string, string>> = {}) {
    beforeAll(async () => {
      [this.#service, this.#browser] = await Promise.all([this.start('0'), startBrowser()]);
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.stop();
      this.#directory.remove();
    });
    afterEach(async () => {
      const tabs = this.#open.splice(0);
      const problems = tabs.flatMap((tab) => tab.problems);
      for (const tab of tabs) await tab.close();
      expect(problems).toEqual([]);
    });
  }

  get service(): ServiceProcess {
    if (this.#service === undefined) throw new Error('The service is started before the first test.');
    return this.#service;
  }

  /** Where the service keeps its data. */
  get dataDir(): string {
    return this.#directory.path;
  }

  /** Opens a tab. */
  async tab(options: Parameters<typeof ConsolePage.open>[2] = {}): Promise<ConsolePage> {
    if (this.#browser === undefined) throw new Error('The browser is started before the first test.');
    const tab = await ConsolePage.open(this.#browser, this.service.url, options);
    this.#open.push(tab);
    return tab;
  }

  /** Stops the service. Its address answers nobody until it is started again. */
  async stop(): Promise<void> {
    this.#service?.program.kill('SIGTERM');
    await this.#service?.program.ended;
  }

  /** Starts the service again with its data, at the same address. */
  async startAgain(): Promise<void> {
    this.#service = await this.start(new URL(this.service.url).port);
  }

  private start(port: string): Promise<ServiceProcess> {
    return startServiceProcess(this.#directory.path, { UNSIGNED_REQUESTS_PER_MINUTE: '0', INVITATIONS_PER_APP_PER_DAY: '0', PORT: port, ...this.env });
  }
}
