import type { Browser, Page } from 'playwright-core';
import { startBrowser, watchedPage } from '../../support/browser';
import { type Media, staysTooWide, violationsIn } from '../../support/consolePage';
import type { Scene } from './scenes';
import { NOW, startWorld, type World } from './world';

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 320, height: 640 };

/** GraphiQL's tabs hold a button, which is not this project's to mend. */
const FOREIGN = '.graphiql-tabs';
const AS_USUAL: Media = { colorScheme: 'light', contrast: 'no-preference', forcedColors: 'none', reducedMotion: 'reduce' };

/** Adds up what moves by itself while the page loads. Unlike the browser's own figure, it counts what follows a click: the sign-in is one. */
const NOTE_SHIFTS = `
  window.shifted = 0;
  new PerformanceObserver((list) => { for (const { value } of list.getEntries()) window.shifted += value; }).observe({ type: 'layout-shift', buffered: true });`;

/** One tab, in which one scene after the other is opened, with a service that has everything that they need. */
export class Stage {
  private constructor(
    readonly world: World,
    readonly browser: Browser,
    readonly page: Page,
    private readonly noted: string[],
  ) {}

  static async start(): Promise<Stage> {
    const [world, browser] = await Promise.all([startWorld(), startBrowser()]);
    const { page, problems } = await watchedPage(browser, [new URL(world.service.url).host], { ...AS_USUAL, viewport: DESKTOP, locale: 'en-US', timezoneId: 'UTC' });
    await page.clock.setFixedTime(NOW);
    await page.addInitScript(NOTE_SHIFTS);
    // A subscription begins with how things are, which would replace what a scene has answered in another way. Nothing is told here but what is asked for.
    await page.routeWebSocket('**/graphql', () => undefined);
    return new Stage(world, browser, page, problems);
  }

  /** Opens the page of a scene as its person does, and waits until it is complete. */
  async open({ as, path, answers, shows }: Scene): Promise<void> {
    const { page, world } = this;
    // What is shown in between is of the same site: the browser keeps the process in which it has read the scripts, and a page takes half the time.
    await page.goto(`${world.service.url}/health/live`);
    this.noted.splice(0);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.setViewportSize(DESKTOP);
    await page.emulateMedia(AS_USUAL);
    await answers?.(page);
    await page.goto(`${world.service.url}${path(world)}`);
    if (as !== null) {
      await page.getByRole('heading', { name: 'Who are you today?' }).waitFor();
      const card = page.getByRole('button', { name: as });
      if ((await card.count()) > 0) {
        await card.click();
      } else {
        await page.getByLabel('Keap ID').fill(as);
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      }
    }
    await page.locator(shows).first().waitFor().catch(async (error: unknown) => {
      throw new Error(`The page shows instead: ${await page.locator('body').innerText()}\n${this.noted.join('\n')}`, { cause: error });
    });
  }

  /** What went wrong in the tab since the scene was opened. */
  get problems(): readonly string[] {
    return this.noted;
  }

  /** By how much what was there already has moved, as a share of the window. */
  shifted(): Promise<number> {
    return this.page.evaluate<number>('window.shifted');
  }

  /** Names of what moves now. */
  animations(): Promise<readonly string[]> {
    return this.page.evaluate<string[]>(`document.getAnimations().filter(({ playState }) => playState === 'running')
      .map(({ animationName, transitionProperty, effect }) => [animationName ?? transitionProperty, effect?.target?.className].join(' of '))`);
  }

  /** What axe-core finds as somebody sees the page who asks for `media`. @param only the rules to apply; all of them when absent. */
  violations(media: Media, only: readonly string[] | null = null): Promise<readonly string[]> {
    return violationsIn(this.page, { ...AS_USUAL, ...media }, only, FOREIGN);
  }

  /** Shows the page as somebody sees it who asks for `media`. */
  async show(media: Media): Promise<void> {
    await this.page.emulateMedia({ ...AS_USUAL, ...media });
    // The component library follows a moment later.
    const scheme = media.colorScheme ?? 'light';
    await this.page.locator(`html[data-mantine-color-scheme="${scheme}"], html:not([data-mantine-color-scheme])`).waitFor();
  }

  /** Whether people have to scroll sideways in a window of this width. */
  isTooWide(): Promise<boolean> {
    return staysTooWide(this.page);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.world.service.close();
  }
}
