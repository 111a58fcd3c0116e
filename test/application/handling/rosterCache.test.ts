import { systemCaller } from '../../../src/application/commandTypes';
import { newRun, toAppend } from '../../../src/application/handling/append';
import { DryRunRosters, RosterCache } from '../../../src/application/handling/rosterCache';
import type { RosterEvent } from '../../../src/domain/events';
import { rosterStream } from '../../../src/domain/streams';
import { DryRunEventStore } from '../../../src/eventstore/dryRunStore';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import type { EventStore, ReadStreamOptions, StoredEvent } from '../../../src/eventstore/eventStore';
import { appendBigApp } from '../../../bench/bigApp';
import { temporaryDirectory } from '../../support/temporaryDirectory';

const directory = temporaryDirectory();
const log = EmbeddedEventStore.open(directory.path);
const MEMBERS = 2_000;

/** The log, with the number of times that a stream was read from its beginning. */
let fromBeginning = 0;
const store: EventStore = {
  append: (...given) => log.append(...given),
  readStream(stream: string, options: ReadStreamOptions = {}) {
    if ((options.fromRevision ?? 0) === 0) fromBeginning += 1;
    return log.readStream(stream, options);
  },
  readAll: (...given) => log.readAll(...given),
  subscribeAll: (...given) => log.subscribeAll(...given),
  close: () => Promise.resolve(),
};

async function append(to: EventStore, appId: string, events: readonly RosterEvent[], expectedRevision: number): Promise<void> {
  const at = new Date().toISOString();
  await to.append(rosterStream(appId), toAppend(events, newRun(systemCaller('test')), { occurredAt: at, decidedAt: at }), expectedRevision);
}

async function* inOneTurn(events: readonly StoredEvent[]): AsyncGenerator<StoredEvent, void, undefined> {
  for (const event of events) yield await Promise.resolve(event);
}

const licencesSet = (licences: number): RosterEvent => ({ type: 'LicencesSet', data: { licences } });

beforeAll(async () => {
  for (const appId of ['big', 'large']) await appendBigApp(log, { appId, members: MEMBERS });
  await appendBigApp(log, { appId: 'small', members: 1 });
});

beforeEach(() => { fromBeginning = 0; });

afterAll(async () => {
  await log.close();
  directory.remove();
});

describe('a roster that many ask for', () => {
  it('is loaded once, and nobody gets it half folded', async () => {
    const rosters = new RosterCache(store);
    const loaded = Promise.all(Array.from({ length: 6 }, () => rosters.load('big')));
    const seen: number[] = [];
    const asked = (async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        await new Promise((resolve) => { setImmediate(resolve); });
        seen.push((await rosters.load('big')).state.users.size);
      }
    })();
    const all = await loaded;
    await asked;
    expect(new Set(all.map(({ state }) => state)).size).toBe(1);
    expect([all[0]?.state.users.size, all[0]?.revision]).toEqual([MEMBERS + 1, 2 * MEMBERS + 1]);
    expect(new Set(seen)).toEqual(new Set([MEMBERS + 1]));
    expect(fromBeginning).toBe(1);
    expect(rosters.statistics).toMatchObject({ folds: 1, rosters: 1 });
  });

  it('lets the event loop run while it is folded', async () => {
    const events: StoredEvent[] = [];
    for await (const event of log.readStream(rosterStream('big'))) events.push(event);
    // A store that never waits, such as a page that was read already.
    const rosters = new RosterCache({ ...store, readStream: (_stream, { fromRevision = 0, maxCount = Infinity } = {}) => inOneTurn(events.slice(fromRevision, fromRevision + maxCount)) });
    let turns = 0;
    let ms = 0;
    // A machine on which an event takes a millisecond.
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => (ms += 1));
    const progress = { isLoaded: false };
    const loading = rosters.load('big').finally(() => { progress.isLoaded = true; });
    while (!progress.isLoaded) {
      await new Promise((resolve) => { setImmediate(resolve); });
      turns += 1;
    }
    await loading;
    clock.mockRestore();
    expect(turns).toBeGreaterThan(events.length / 20);
  });

  it('contains what was appended before each call, also while another call is under way', async () => {
    const rosters = new RosterCache(store);
    let revision = (await rosters.load('small')).revision;
    for (let round = 0; round < 20; round += 1) {
      const earlier = rosters.load('small');
      await append(log, 'small', [licencesSet(100 + round)], revision);
      const { state, revision: now } = await rosters.load('small');
      expect(state.licences).toBe(100 + round);
      revision = now;
      await earlier;
    }
  });

  it('can be loaded after a load that failed', async () => {
    let failing = true;
    const rosters = new RosterCache({
      ...store,
      readStream(stream, options) {
        if (failing) throw new Error('away');
        return store.readStream(stream, options);
      },
    });
    const both = [rosters.load('small'), rosters.load('small')];
    for (const load of both) await expect(load).rejects.toThrow('away');
    failing = false;
    expect((await rosters.load('small')).state.registered).toBe(true);
  });
});

describe('the cache of rosters', () => {
  it('is bounded by the size of the rosters, least recently used first', async () => {
    const whole = new RosterCache(store);
    for (const appId of ['big', 'large', 'small']) await whole.load(appId);
    const { bytes } = whole.statistics;
    expect(bytes).toBeGreaterThan(2 * MEMBERS * 1_000);
    const rosters = new RosterCache(store, null, Math.floor(bytes * 0.75));
    for (const appId of ['big', 'small', 'large', 'small']) await rosters.load(appId);
    expect(rosters.statistics).toMatchObject({ rosters: 2, folds: 3, hits: 1 });
    expect(rosters.statistics.bytes).toBeLessThanOrEqual(bytes * 0.75);
    fromBeginning = 0;
    await rosters.load('big');
    expect(fromBeginning).toBe(1);
  });

  it('keeps a roster alone that is larger than it may be', async () => {
    const rosters = new RosterCache(store, null, 100_000);
    await rosters.load('small');
    await rosters.load('big');
    await rosters.load('big');
    expect(rosters.statistics).toEqual({ bytes: 100_000, rosters: 1, fromSnapshots: 0, folds: 2, hits: 1 });
  });

  it('holds nothing of an app that does not exist', async () => {
    const rosters = new RosterCache(store);
    expect((await rosters.load('nobody')).revision).toBe(-1);
    expect(rosters.statistics).toEqual({ bytes: 0, rosters: 0, hits: 0, fromSnapshots: 0, folds: 0 });
  });
});

describe('the rosters of a dry run', () => {
  it('are the real ones with what the dry run appended, and the real ones stay as they are', async () => {
    const real = new RosterCache(store);
    const { state: standing, revision } = await real.load('big');
    const dryRun = new DryRunEventStore(store);
    const rosters = new DryRunRosters(real, () => dryRun.appended);
    const userId = [...standing.users][1]?.[0];
    await append(dryRun, 'big', [licencesSet(77), { type: 'UserRemoved', data: { userId: userId ?? '', epoch: 1, leaveId: 'leave', reason: null } }], revision);
    fromBeginning = 0;
    const { state, revision: after } = await rosters.load('big');
    expect([state.licences, state.users.get(userId ?? '')?.status, after]).toEqual([77, 'REMOVED', revision + 2]);
    expect([standing.licences, standing.users.get(userId ?? '')?.status]).toEqual([1_000_000, 'ACTIVE']);
    expect(fromBeginning).toBe(0);
  });
});
