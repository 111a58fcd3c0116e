import { join } from 'node:path';
import { MembershipHistory } from '../src/application/history/membershipHistory';
import { normalizeKeapId } from '../src/domain/keapId';
import { rosterStream } from '../src/domain/streams';
import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import { hashedTextOf } from '../src/eventstore/eventHash';
import { headOf, type StoredEvent } from '../src/eventstore/eventStore';
import { foldReadModels, type AsOf } from '../src/projections/past/asOf';
import { PastSnapshots } from '../src/projections/past/snapshots';
import { membershipEventsProjection } from '../src/projections/membershipEvents/projection';
import { MembershipEventsQueries } from '../src/projections/membershipEvents/queries';
import type { MembershipEventsFilter } from '../src/projections/membershipEvents/rows';
import type { PageArguments } from '../src/projections/paging/page';
import { ReadModelDatabase } from '../src/projections/engine/database';
import { fillReadModels } from '../src/projections/engine/fillReadModels';
import { AppLife } from './appLife';
import { Dice } from './dice';
import { generateLog, LogWriter } from './generatedLog';
import { median, nowMs, quantile, withDirectory, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const SHORT_LOG = 10_000;
const LONG_LOG = 1_000_000;
const LONG_LOG_QUICK = 30_000;
const PAGE = 50;
const WARM_UP = 5;
const NOW = '2040-01-01T00:00:00.000Z';
const BEGIN = Date.UTC(2022, 0, 1);
/** Events of one app that are looked back at. */
const APP_SIZES = [1_000, 5_000, 20_000];

/** A log, open, with its history. */
interface OpenLog {
  readonly store: EmbeddedEventStore;
  readonly database: ReadModelDatabase;
  readonly history: MembershipHistory;
  readonly snapshots: PastSnapshots;
  /** of one app, in the middle of the log. */
  readonly sample: readonly StoredEvent[];
}

/** Something that is asked of a log, another one each time. */
interface Question {
  readonly name: string;
  ask(log: OpenLog, dice: Dice): Promise<unknown>;
}

/** Looking back and reading the history, in a short log and in a long one whose apps are of the same size; and looking back at apps of different sizes. */
export async function historyBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const sizes = [SHORT_LOG, quick ? LONG_LOG_QUICK : LONG_LOG] as const;
  const times = quick ? 30 : 200;
  return withDirectory(async (directory) => {
    const logs: OpenLog[] = [];
    try {
      for (const size of sizes) logs.push(await openLog(join(directory, String(size)), size, progress));
      const rows: ResultRow[] = [];
      for (const question of QUESTIONS) {
        progress(question.name);
        rows.push(await rowOf(question, logs, times));
      }
      const [short, long] = sizes.map((size) => size.toLocaleString('en'));
      const columns = [`${short ?? ''}: p50`, 'p99', `${long ?? ''}: p50`, 'p99', 'growth of p50', 'of p99'];
      return [{ title: `The past and the history in logs of ${short ?? ''} and ${long ?? ''} events, in ms`, columns, rows }, await sizesOfApps(join(directory, 'apps'), times, progress)];
    } finally {
      for (const { store, database } of logs) {
        database.close();
        await store.close();
      }
    }
  });
}

async function openLog(directory: string, size: number, progress: (text: string) => void): Promise<OpenLog> {
  await generateLog(directory, size, progress);
  progress(`indexing ${size.toLocaleString('en')} events`);
  const store = EmbeddedEventStore.open(directory);
  const file = join(directory, 'readmodels.db');
  await fillReadModels({ store, storeId: store.storeId, erasures: 0, projections: [membershipEventsProjection], file, until: await headOf(store) }, new AbortController().signal);
  const database = ReadModelDatabase.open(file);
  const sample: StoredEvent[] = [];
  // Apps live a hundred at a time; this one is of those in the middle.
  const middle = Math.floor(size / 1_000 / 2);
  for await (const event of store.readStream(rosterStream(`app${middle}`))) sample.push(event);
  return { store, database, history: new MembershipHistory(store, new MembershipEventsQueries(database), hashedTextOf), snapshots: new PastSnapshots(join(directory, 'past')), sample };
}

const eventOf = ({ sample }: OpenLog, dice: Dice): StoredEvent => {
  const event = dice.oneOf(sample);
  if (!event) throw new Error('The app in the middle of the log has no events.');
  return event;
};

const appOf = ({ stream }: StoredEvent): string => stream.slice(rosterStream('').length);

/** The first page of the app's users, as they were at the moment of one of its events. */
const lookBack = (name: string, momentOf: (event: StoredEvent) => AsOf): Question => ({
  name,
  async ask(log, dice) {
    const event = eventOf(log, dice);
    return usersAt(log.store, log.snapshots, appOf(event), momentOf(event));
  },
});

async function usersAt(store: EmbeddedEventStore, snapshots: PastSnapshots, appId: string, asOf: AsOf): Promise<number> {
  const past = await foldReadModels({ store, appIds: [appId], asOf, now: NOW, snapshots });
  try {
    return past.readModels.userList.usersPage(appId, {}, { field: 'NAME', direction: 'ASC' }, { first: PAGE }).nodes.length;
  } finally {
    past.close();
  }
}

const events = (name: string, filterOf: (event: StoredEvent) => MembershipEventsFilter, page: PageArguments = { first: PAGE }): Question => ({
  name,
  ask: (log, dice) => log.history.page(filterOf(eventOf(log, dice)), page),
});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function keapIdOf({ data }: StoredEvent): string {
  const person: unknown = data['person'];
  return typeof person === 'object' && person !== null && 'keapId' in person ? normalizeKeapId(textOf(person.keapId)) : 'nobody@example.com';
}

const dayAfter = (at: string): string => new Date(Date.parse(at) + 24 * 60 * 60_000).toISOString();

const QUESTIONS: readonly Question[] = [
  lookBack('an app of 1,000 events as of a time', ({ occurredAt }) => ({ time: occurredAt })),
  lookBack('the same as of a position', ({ position }) => ({ position })),
  events(`${PAGE} events from the beginning`, () => ({})),
  events('from anywhere', ({ position }) => ({ afterPosition: position })),
  events('the last ones', () => ({}), { last: PAGE }),
  events('of an app', (event) => ({ appId: appOf(event) })),
  events('of an app, from anywhere', (event) => ({ appId: appOf(event), afterPosition: event.position })),
  events('of an app, of two types', (event) => ({ appId: appOf(event), types: ['PartnerLeftApp', 'UserRemoved'] })),
  events('of an app, on one day', (event) => ({ appId: appOf(event), from: event.occurredAt, to: dayAfter(event.occurredAt) })),
  events('of one type, from anywhere', ({ position }) => ({ types: ['InvitationResent'], afterPosition: position })),
  events('on one day, of all apps', ({ occurredAt }) => ({ from: occurredAt, to: dayAfter(occurredAt) })),
  events('about a user', ({ data }) => ({ userIds: [textOf(data['userId'])] })),
  events('about a Keap ID', (event) => ({ keapIdNormalized: keapIdOf(event) })),
  events('by a person', ({ metadata }) => ({ actorId: metadata.actorId })),
  events('of a request', ({ metadata }) => ({ correlationId: metadata.correlationId })),
];

async function rowOf(question: Question, logs: readonly OpenLog[], times: number): Promise<ResultRow> {
  const durations = logs.map((): number[] => []);
  const { name } = question;
  const dice = new Dice(name);
  for (let time = -WARM_UP; time < times; time += 1) {
    for (const [index, log] of logs.entries()) {
      const start = nowMs();
      await question.ask(log, dice);
      if (time >= 0) durations[index]?.push(nowMs() - start);
    }
  }
  const [short = NaN, shortWorst = NaN, long = NaN, longWorst = NaN] = durations.flatMap((some) => [median(some), quantile(some, 0.99)]);
  return { name, values: [short, shortWorst, long, longWorst, long / short, longWorst / shortWorst] };
}

/** Looking back at apps of different sizes: at all of it for the first time, then at moments all over it. */
async function sizesOfApps(directory: string, times: number, progress: (text: string) => void): Promise<ResultTable> {
  const rows: ResultRow[] = [];
  const store = EmbeddedEventStore.open(directory);
  const snapshots = new PastSnapshots(join(directory, 'past'));
  try {
    for (const size of APP_SIZES) {
      progress(`an app of ${size.toLocaleString('en')} events`);
      const appId = `size${size}`;
      const writer = new LogWriter(store);
      const life = new AppLife(appId, { begin: BEGIN, minutesBetweenSteps: 30 });
      await writer.add(life.register());
      while (writer.events < size) await writer.add(life.step());
      await writer.flush();
      const moments: string[] = [];
      for await (const { occurredAt } of store.readStream(rosterStream(appId))) moments.push(occurredAt);
      const dice = new Dice(appId);
      const start = nowMs();
      await usersAt(store, snapshots, appId, { time: NOW });
      const first = nowMs() - start;
      const durations: number[] = [];
      for (let time = 0; time < times; time += 1) {
        const start = nowMs();
        await usersAt(store, snapshots, appId, { time: dice.oneOf(moments) ?? NOW });
        durations.push(nowMs() - start);
      }
      rows.push({ name: `${size.toLocaleString('en')} events`, values: [first, median(durations), quantile(durations, 0.99)] });
    }
  } finally {
    snapshots.close();
    await store.close();
  }
  return { title: 'An app as of any moment, by the number of its events, in ms', columns: ['the first look', 'p50', 'p99'], rows };
}
