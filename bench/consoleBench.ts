import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { openMembership } from '../src/composition/membership';
import { parseConfig } from '../src/config';
import { createLogger } from '../src/server/logger';
import { startBrowser } from '../test/support/browser';
import { appendBigApp } from './bigApp';
import { ChildServer } from './childServer';
import { interleaved, median, ROUNDS, withDirectory, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const TOP = join(__dirname, '../..');
const FILLED_WITHIN_MS = 30 * 60_000;
const LONG_TASK_MS = 100;
/** How long the list is scrolled in each round, in milliseconds, and how far with each frame: about a screen in a fifth of a second. */
const SCROLL_MS = 5_000;
const SCROLL_PX = 60;
/** The times of a slow machine are measured with the browser's CPU slowed so many times. */
const SLOWED = 4;

/** What is promised. Times are in milliseconds. */
const LIMITS = { painted: 1_500, paintedSlowed: 4_000, longTasks: 0, framesPerSecond: 50 };

/** Notes what the page does, from its start on: the largest paint, tasks that keep people waiting, and when the list is painted. */
const WATCH = `
  window.seen = { largest: 0, longTasks: [], list: 0 };
  new PerformanceObserver((list) => { for (const { startTime } of list.getEntries()) seen.largest = startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) seen.longTasks.push(duration); }).observe({ type: 'longtask', buffered: true });
  window.listPainted = new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('[data-user]') === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => requestAnimationFrame(() => { seen.list = performance.now(); resolve(); }));
    };
    look();
  });
`;

/** Signs in without a click or a key, after which the browser would stop to measure the largest paint. */
const SIGN_IN = `
  const owner = OWNER;
  const enter = () => {
    const field = document.querySelector('input[type="email"]');
    if (field === null) return requestAnimationFrame(enter);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, owner);
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.form.requestSubmit();
  };
  enter();
`;

/** Scrolls on with each frame for some time. Returns frames per second. */
const SCROLL = `new Promise((resolve) => {
  const begin = performance.now();
  let frames = 0;
  const step = () => {
    const passed = performance.now() - begin;
    if (passed > ${SCROLL_MS}) return resolve(frames * 1000 / passed);
    frames += 1;
    scrollBy(0, ${SCROLL_PX});
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

interface Seen {
  readonly largest: number;
  readonly longTasks: readonly number[];
  readonly list: number;
}

interface Visit {
  readonly largest: number;
  readonly list: number;
  readonly longTasks: number;
  readonly longest: number;
  readonly framesPerSecond: number;
  readonly longTasksScrolling: number;
}

/** The list of users in a real browser, from an empty cache to the end of a long scroll, with the limits that the console keeps. */
export async function consoleBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const sizes = quick ? [100, 1_000, 10_000] : [100, 10_000, 100_000];
  return withDirectory(async (directory) => {
    await fill(directory, sizes, progress);
    const service = await ChildServer.start(join(TOP, 'dist/main.js'), [], { DATA_DIR: directory, PORT: '0', LOG_LEVEL: 'error' });
    const browser = await startBrowser();
    try {
      const results = await interleaved(sizes.flatMap((users) => [1, SLOWED].map((slowed) => ({ name: nameOf(users, slowed), run: () => visit(browser, service.url, users, slowed) }))), ROUNDS, progress);
      const rows = sizes.flatMap((users) => [1, SLOWED].map((slowed) => rowOf(nameOf(users, slowed), results.get(nameOf(users, slowed)) ?? [])));
      return [{
        title: 'The list of users in the console, from an empty cache on, times in ms',
        columns: ['largest paint', 'list painted', `tasks above ${LONG_TASK_MS} ms`, 'longest task', 'frames/s scrolling', `tasks above ${LONG_TASK_MS} ms scrolling`],
        rows: [
          ...rows,
          { name: 'limit', values: [LIMITS.painted, LIMITS.painted, LIMITS.longTasks, LONG_TASK_MS, LIMITS.framesPerSecond, LIMITS.longTasks] },
          { name: `limit, CPU slowed ${SLOWED} times`, values: [LIMITS.paintedSlowed, LIMITS.paintedSlowed, null, null, null, null] },
        ],
      }];
    } finally {
      await browser.close();
      await service.stop();
    }
  });
}

const nameOf = (users: number, slowed: number): string => `${users.toLocaleString('en')} users${slowed === 1 ? '' : `, CPU slowed ${slowed} times`}`;
const appOf = (users: number): string => `users${users}`;

/** Writes an app of each size, and fills the read models. */
async function fill(directory: string, sizes: readonly number[], progress: (text: string) => void): Promise<void> {
  const membership = await openMembership(parseConfig({ DATA_DIR: directory }), createLogger('silent'));
  for (const members of sizes) {
    progress(`making an app with ${members.toLocaleString('en')} users`);
    await appendBigApp(membership.store, { appId: appOf(members), members });
  }
  progress('filling the read models');
  if (!(await membership.caughtUp(FILLED_WITHIN_MS))) throw new Error('The read models were not filled.');
  await membership.close();
}

/** Opens the list of an app in a new window, waits until it is painted, and scrolls. */
async function visit(browser: Browser, url: string, users: number, slowed: number): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    const devTools = await context.newCDPSession(page);
    await slowDown(devTools, slowed);
    await page.addInitScript(WATCH);
    await page.addInitScript(SIGN_IN.replace('OWNER', JSON.stringify(`owner@${appOf(users)}.example`)));
    await page.goto(`${url}/users?app=${appOf(users)}`);
    await page.evaluate('listPainted');
    const opened = await seen(page);
    const framesPerSecond = await page.evaluate<number>(SCROLL);
    const scrolled = (await seen(page)).longTasks.slice(opened.longTasks.length);
    return { largest: opened.largest, list: opened.list, longTasks: countLong(opened.longTasks), longest: Math.max(0, ...opened.longTasks), framesPerSecond, longTasksScrolling: countLong(scrolled) };
  } finally {
    await context.close();
  }
}

const slowDown = async (devTools: CDPSession, rate: number): Promise<unknown> => devTools.send('Emulation.setCPUThrottlingRate', { rate });
const seen = async (page: Page): Promise<Seen> => page.evaluate<Seen>('seen');
const countLong = (tasks: readonly number[]): number => tasks.filter((duration) => duration > LONG_TASK_MS).length;

function rowOf(name: string, visits: readonly Visit[]): ResultRow {
  const of = (value: (visit: Visit) => number): number => median(visits.map(value));
  return { name, values: [of(({ largest }) => largest), of(({ list }) => list), of(({ longTasks }) => longTasks), of(({ longest }) => longest), of(({ framesPerSecond }) => framesPerSecond), of(({ longTasksScrolling }) => longTasksScrolling)] };
}
