import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { rosterStream } from '../src/domain/streams';
import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import { headOf, type LogPosition } from '../src/eventstore/eventStore';
import { readModelProjections } from '../src/projections/allProjections';
import { ReadModelDatabase } from '../src/projections/engine/database';
import { fillReadModels } from '../src/projections/engine/fillReadModels';
import { foldReadModels } from '../src/projections/past/asOf';
import { PastSnapshots } from '../src/projections/past/snapshots';
import { type ReadModels, readModelsOver } from '../src/projections/readModels';
import { AppLife, GROWTH } from './appLife';
import { LogWriter } from './generatedLog';
import { median, nowMs, withDirectory, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const BEGIN = Date.UTC(2022, 0, 1);
/** How long before the end of the large app the small one begins, so that both have open invitations. */
const SMALL_LIFE_MS = 36 * 3_600_000;
const SMALL = { appId: 'small', users: 1_000 };
const PAGE = { first: 50 };
const BY_NAME = { field: 'NAME', direction: 'ASC' } as const;
const WARM_UP = 3;
/** Turns of the event loop after which the indexes of both apps are built. */
const TURNS = 200;

/** The apps of one log, and their read models. */
interface BigApps {
  readonly store: EmbeddedEventStore;
  readonly database: ReadModelDatabase;
  readonly models: ReadModels;
  readonly snapshots: PastSnapshots;
  /** The time of all reads, when the last thing has happened. */
  readonly now: string;
  /** Positions of each app's roster events. */
  readonly positions: ReadonlyMap<string, readonly LogPosition[]>;
}

interface Question {
  readonly name: string;
  /** Asks about an app, for the `time`th time. */
  readonly ask: (apps: BigApps, appId: string, time: number) => Promise<unknown>;
}

/** Reads of an app of 100,000 users, in ratios to those of an app of 1,000, and the longest CPU time in which nothing else had a turn. */
export async function bigAppBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const large = { appId: 'large', users: quick ? 10_000 : 100_000 };
  const times = quick ? 20 : 60;
  return withDirectory(async (directory) => {
    const apps = await open(directory, [large, SMALL], progress);
    try {
      const rows: ResultRow[] = [];
      for (const question of QUESTIONS) {
        progress(question.name);
        rows.push(await rowOf(question, apps, large.appId, times));
      }
      const [few, many] = [SMALL, large].map(({ users }) => users.toLocaleString('en'));
      return [{ title: `Reads of an app of ${few ?? ''} and of ${many ?? ''} users, in ms`, columns: [few ?? '', many ?? '', 'ratio', 'longest step'], rows }];
    } finally {
      apps.snapshots.close();
      apps.database.close();
      await apps.store.close();
    }
  });
}

async function open(directory: string, sizes: readonly { readonly appId: string; readonly users: number }[], progress: (text: string) => void): Promise<BigApps> {
  const store = EmbeddedEventStore.open(directory);
  const writer = new LogWriter(store);
  let [begin, now] = [BEGIN, ''];
  for (const { appId, users } of sizes) {
    progress(`making an app with ${users.toLocaleString('en')} users`);
    const life = new AppLife(appId, { begin, minutesBetweenSteps: 1, mix: GROWTH, userShare: 0.02 });
    await writer.add(life.register());
    while (life.memberCount < users) await writer.add(life.step());
    now = life.now > now ? life.now : now;
    begin = Date.parse(life.now) - SMALL_LIFE_MS;
  }
  await writer.flush();
  progress('filling the read models');
  const file = join(directory, 'readmodels.db');
  await fillReadModels({ store, storeId: store.storeId, erasures: 0, projections: readModelProjections, file, until: await headOf(store) }, new AbortController().signal);
  const database = ReadModelDatabase.open(file);
  const positions = new Map<string, LogPosition[]>();
  for (const { appId } of sizes) {
    const found: LogPosition[] = [];
    for await (const { position } of store.readStream(rosterStream(appId))) found.push(position);
    positions.set(appId, found);
  }
  return { store, database, models: readModelsOver(database, () => now), snapshots: new PastSnapshots(join(directory, 'past')), now, positions };
}

async function rowOf({ name, ask }: Question, apps: BigApps, large: string, times: number): Promise<ResultRow> {
  const durations = [SMALL.appId, large].map((): number[] => []);
  let longest = 0;
  for (const appId of [SMALL.appId, large]) {
    for (let time = 0; time < WARM_UP; time += 1) {
      apps.database.markChanged(appId);
      await ask(apps, appId, time);
    }
    for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
  }
  for (let time = 0; time < times; time += 1) {
    for (const [index, appId] of [SMALL.appId, large].entries()) {
      // Nothing is answered from what an earlier answer has left in the cache.
      apps.database.markChanged(appId);
      const start = nowMs();
      const step = await longestStepOf(() => ask(apps, appId, WARM_UP + time));
      durations[index]?.push(nowMs() - start);
      if (appId === large) longest = Math.max(longest, step);
    }
  }
  const [few = NaN, many = NaN] = durations.map(median);
  return { name, values: [few, many, many / few, longest] };
}

/** CPU time of the process, in ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * Returns the longest time, in ms, between two turns of the event loop while the work runs. Other processes and threads do not
 * make it longer: of the CPU time and the time on the clock, the shorter one counts.
 */
async function longestStepOf(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let [last, lastCpu] = [nowMs(), cpuMs()];
  const measure = (): void => {
    longest = Math.max(longest, Math.min(nowMs() - last, cpuMs() - lastCpu));
    [last, lastCpu] = [nowMs(), cpuMs()];
  };
  const state = { isDone: false };
  const watch = async (): Promise<void> => {
    while (!state.isDone) {
      measure();
      await nextTurn();
    }
  };
  const watched = watch();
  await work();
  measure();
  state.isDone = true;
  await watched;
  return longest;
}

const search = (name: string, text: string): readonly Question[] => [
  { name: `search ${name}: first page`, ask: async ({ models }, appId) => models.userList.usersPage(appId, { search: text }, BY_NAME, PAGE) },
  { name: `search ${name}: counts`, ask: async ({ models }, appId) => models.userList.statusCounts(appId, { search: text }) },
];

/** All parts, of four characters or more, of texts that all users have. More than are remembered. */
const SHARED_PARTS = ['-partners', '.example'].flatMap((text) => [...text].flatMap((_, from) => [...text].flatMap((__, to) => (to - from >= 3 ? [text.slice(from, to + 1)] : []))));

/** Reads the first page of an app's users as of one of its events, counted from the last one. */
const asOf = (name: string, eventsBack: (time: number) => number): Question => ({
  name,
  async ask({ store, snapshots, positions, now }, appId, time) {
    const position = positions.get(appId)?.at(-1 - eventsBack(time)) ?? '';
    const past = await foldReadModels({ store, appIds: [appId], asOf: { position }, now, snapshots });
    past.readModels.userList.usersPage(appId, {}, BY_NAME, PAGE);
    past.close();
  },
});

const QUESTIONS: readonly Question[] = [
  { name: 'first page', ask: ({ models }, appId) => Promise.resolve(models.userList.usersPage(appId, {}, BY_NAME, PAGE)) },
  {
    name: 'second page',
    ask({ models }, appId) {
      const { pageInfo: { endCursor } } = models.userList.usersPage(appId, {}, BY_NAME, PAGE);
      return Promise.resolve(models.userList.usersPage(appId, {}, BY_NAME, { ...PAGE, after: endCursor }));
    },
  },
  { name: 'last page', ask: ({ models }, appId) => Promise.resolve(models.userList.usersPage(appId, {}, BY_NAME, { last: 50 })) },
  { name: 'counts', ask: ({ models }, appId) => Promise.resolve(models.userList.statusCounts(appId, {})) },
  ...search('that nobody matches', 'zzqzz'),
  ...search('that few match', '77@'),
  ...search('that all match', '@'),
  ...search('of one letter', 'a'),
  ...search('of two letters', 'sm'),
  { name: 'search that all match, another text each time: counts', ask: async ({ models }, appId, time) => models.userList.statusCounts(appId, { search: SHARED_PARTS[time % SHARED_PARTS.length] }) },
  { name: 'search that all match, in the order of joining: first page', ask: async ({ models }, appId) => models.userList.usersPage(appId, { search: '@' }, { field: 'JOINED_AT', direction: 'DESC' }, PAGE) },
  { name: 'roles of all active users', ask: ({ models }, appId) => models.people.activeRoles(appId) },
  asOf('as of a moment that was asked for', () => 10),
  asOf('as of another moment, 5 events later each time', (time) => 500 - 5 * time),
];
