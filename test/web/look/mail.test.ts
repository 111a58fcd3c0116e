import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { composeInvitation } from '../../../src/application/delivery/messages/invitation';
import { LANGUAGES } from '../../../src/application/delivery/messages/languages';
import { COLOURS } from '../../../src/application/delivery/messages/look';
import { composeNotice } from '../../../src/application/delivery/messages/notice';
import { composeReminder } from '../../../src/application/delivery/messages/reminder';
import { startBrowser } from '../../support/browser';
import { violationsIn } from '../../support/consolePage';

const LINK = `https://partners.example/below/a/path/invitation#${'x'.repeat(43)}`;
const LONG = 'An app whose name is as long as names of apps can be, which is rather long, and_has_a_word_without_any_space_in_it_that_goes_on_and_on';

const MESSAGES = LANGUAGES.flatMap((language) => [
  { name: `an invitation, ${language}`, html: composeInvitation({ inviter: 'Olivia Owner', accountName: LONG, kind: 'PARTNER', role: 'ADMIN', reason: 'Runs the spring campaign', expiresAt: '2026-03-08T14:05:00.000Z', link: LINK }, null, language).html },
  ...(['AdminAppointed', 'UserRebound'] as const).map((type) => ({
    name: `${type}, ${language}`,
    html: composeNotice(type, { accountName: LONG, name: 'Ada Admin', keapId: 'ada@client.example', reason: 'The owner has left', at: '2026-03-08T14:05:00.000Z', awaited: true, isRecipient: true }, language).html,
  })),
  { name: `a reminder, ${language}`, html: composeReminder({ accountName: LONG, reminder: 'OVERDUE', dueAt: '2026-03-08T14:05:00.000Z', people: 12, undecided: 5, link: 'https://partners.example/reviews/7c0d1e2f-0000-4000-8000-000000000001' }, language).html },
]);

describe('the mail', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await startBrowser();
    page = await browser.newPage();
  });
  afterAll(() => browser.close());

  it('has the colours of the pages', () => {
    const tokens = readFileSync(join(__dirname, '../../../web/src/style/tokens.css'), 'utf8');
    for (const [name, [light, dark]] of Object.entries(COLOURS)) expect(tokens).toContain(`  --${name}: light-dark(${light}, ${dark});\n`);
  });

  it.each(MESSAGES)('can be read in both themes and with forced colours, on a screen and on a phone: $name', async ({ html }) => {
    await page.setContent(html);
    expect(await violationsIn(page, { colorScheme: 'light', forcedColors: 'none' })).toEqual([]);
    const paper = (): Promise<string> => page.evaluate<string>('getComputedStyle(document.querySelector(".card")).backgroundColor');
    expect(await paper()).toBe('rgb(255, 255, 255)');
    expect(await violationsIn(page, { colorScheme: 'dark' }, ['color-contrast'])).toEqual([]);
    expect(await paper()).toBe('rgb(17, 24, 21)');
    expect(await violationsIn(page, { forcedColors: 'active' }, ['color-contrast'])).toEqual([]);
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth')).toBe(false);
      expect(await page.evaluate<number>('document.querySelector(".card").getBoundingClientRect().width')).toBe(Math.min(600, width - 16));
    }
  });

  it('is set out with tables, and leads to its link from a button and in words', async () => {
    await page.setContent(MESSAGES[0]!.html);
    const outline = await page.evaluate<string>(`(() => {
      const of = (element, depth) => ['  '.repeat(depth) + element.localName, ...[...element.children].flatMap((child) => of(child, depth + 1))];
      return of(document.querySelector('main'), 0).join('\\n');
    })()`);
    expect(outline).toBe(`main
  div
  table
    tbody
      tr
        td
          table
            tbody
              tr
                td
                  table
                    tbody
                      tr
                        td
                        td
              tr
                td
                  h1
                  p
                    strong
                    strong
                  p
                    strong
                  table
                    tbody
                      tr
                        td
                          a
                  p
                    br
                    a
                  p
                  p`);
    expect(await page.evaluate<string[][]>('[...document.links].map(({ href, innerText }) => [href, innerText])')).toEqual([[LINK, 'See the invitation'], [LINK, LINK]]);
  });
});
