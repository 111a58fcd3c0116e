import type { Locator, Page } from 'playwright-core';
import type { ConsolePage } from './consolePage';

/** What a task took. */
export interface Effort {
  readonly clicks: number;
  readonly keys: number;
  /** Pages that were seen, one after the other. */
  readonly pages: readonly string[];
}

/** Hands of somebody who uses the pages for the first time and goes by what they see. It counts what they do, in any number of tabs. */
export class Hands {
  #clicks = 0;
  #keys = 0;
  readonly #pages: string[] = [];

  /** The first page that somebody sees: the sign-in. */
  async begin({ page }: ConsolePage, url: string): Promise<void> {
    await page.goto(url);
    await this.sees(page, 'Who are you today?');
  }

  /** Waits for the page of a heading. */
  async sees(page: Page, heading: string): Promise<void> {
    await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
    if (this.#pages.at(-1) !== heading) this.#pages.push(heading);
  }

  async click(target: Locator): Promise<void> {
    this.#clicks += 1;
    await target.click();
  }

  /** Uses something that leaves the browser, such as a message that is written in another program. @returns its address. */
  async leaveBy(target: Locator): Promise<string> {
    this.#clicks += 1;
    await target.waitFor();
    return (await target.getAttribute('href')) ?? '';
  }

  /** Types where the focus is. */
  async type(page: Page, text: string): Promise<void> {
    this.#keys += text.length;
    await page.keyboard.type(text);
  }

  async press(page: Page, key: string): Promise<void> {
    this.#keys += 1;
    await page.keyboard.press(key);
  }

  /** Chooses in a list of the browser: opens it and takes an entry. */
  async choose(list: Locator, entry: string): Promise<void> {
    this.#clicks += 2;
    await list.selectOption(entry);
  }

  get effort(): Effort {
    return { clicks: this.#clicks, keys: this.#keys, pages: this.#pages };
  }
}
