import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { foldReadModels, type AsOf } from '../../../src/projections/past/asOf';
import { PastSnapshots } from '../../../src/projections/past/snapshots';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { APP_ID, at, EventLog } from '../eventLog';
import { ScriptedEventStore } from '../scriptedEventStore';

const NOW = at(1_000_000);

/** A long history of an app in both of its streams; the second one's clock is sometimes ahead. */
function longLog(events: number, secondsAhead = 40): readonly StoredEvent[] {
  const log = new EventLog();
  log.register();
  let person = 0;
  while (log.events.length < events) {
    person += 1;
    const userId = `user${person}`;
    log.join(userId, { role: person % 7 === 0 ? 'ADMIN' : 'STANDARD', kind: person % 5 === 0 ? 'USER' : 'PARTNER' });
    const ahead = (person % 3) * secondsAhead;
    log.contacts('ContactsAssigned', { userId, epoch: 1, contactIds: [`c${person}`, `d${person}`] }, laterInStream(log, `contacts-${APP_ID}`, log.events.length + ahead));
    if (person % 4 !== 0) continue;
    log.contacts('ContactsUnassigned', { userId, contactIds: [`c${person}`, `d${person}`] }, laterInStream(log, `contacts-${APP_ID}`, 0));
    log.contacts('AssigneeClosed', { userId, epoch: 1, leaveId: `leave${person}`, reason: 'LEAVE', removalReason: null }, laterInStream(log, `contacts-${APP_ID}`, 0));
    log.roster('PartnerLeftApp', { userId, epoch: 1, leaveId: `leave${person}` });
  }
  return log.events;
}

/** Times increase within a stream. */
function laterInStream(log: EventLog, stream: string, second: number): string {
  const last = log.events.findLast((event) => event.stream === stream)?.occurredAt ?? '';
  return at(second) > last ? at(second) : last;
}

describe('snapshots of the past', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let events: readonly StoredEvent[];
  beforeAll(() => {
    events = longLog(1_000);
  });
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory.remove());

  const placeOf = (): string => join(directory.path, 'past');
  const foldAsOf = async (asOf: AsOf, snapshots?: PastSnapshots, log = events): Promise<{ readonly content: Record<string, string[]>; readonly moment: readonly string[]; readonly read: number }> => {
    const store = new ScriptedEventStore([...log]);
    const past = await foldReadModels({ store, appIds: [APP_ID], asOf, now: NOW, ...(snapshots ? { snapshots } : {}) });
    const { userList, assignedContacts } = past.readModels;
    const content = {
      users: userList.usersPage(APP_ID, { statuses: ['ACTIVE', 'LEFT', 'INVITED'] }, { field: 'KEAP_ID', direction: 'ASC' }, { first: 200 }).nodes.map((row) => JSON.stringify(row)),
      licences: [JSON.stringify(userList.licenceUsage([APP_ID])), JSON.stringify(userList.app(APP_ID)), JSON.stringify(userList.statusCounts(APP_ID, {}))],
      contacts: [JSON.stringify(assignedContacts.openClosures(1_000)), JSON.stringify(assignedContacts.counts(Array.from({ length: 300 }, (_, index) => ({ appId: APP_ID, userId: `user${index}` }))))],
    };
    past.close();
    return { content, moment: [past.position, past.time], read: store.eventsRead };
  };

  /** Snapshots that a fold of few events keeps on its way too. */
  const manySnapshots = (): PastSnapshots => new PastSnapshots(placeOf(), undefined, undefined, 250);

  it('do not change results, for any sequence of moments', async () => {
    const snapshots = manySnapshots();
    const moment = fc.tuple(fc.nat(events.length - 1), fc.boolean()).map(([index, byTime]): AsOf => (byTime ? { time: events[index]!.occurredAt } : { position: events[index]!.position }));
    await fc.assert(
      fc.asyncProperty(moment, async (asOf) => {
        const { content, moment: seen } = await foldAsOf(asOf, snapshots);
        const { content: expected, moment: of } = await foldAsOf(asOf);
        expect({ content, seen }).toEqual({ content: expected, seen: of });
      }),
      { numRuns: 12 },
    );
    snapshots.close();
  });

  it('are not taken after one stream has ended before the other', async () => {
    const apart = longLog(1_500, 100_000);
    const snapshots = new PastSnapshots(placeOf());
    await foldAsOf({ time: at(1_500) }, snapshots, apart);
    const end = { position: apart.at(-1)!.position };
    expect((await foldAsOf(end, snapshots, apart)).content).toEqual((await foldAsOf(end, undefined, apart)).content);
    snapshots.close();
  });

  it('are kept of the result alone where there are few events, since each costs as much as it could save', async () => {
    const snapshots = new PastSnapshots(placeOf());
    const few = events.slice(0, 900);
    await foldAsOf({ position: few.at(-1)!.position }, snapshots, few);
    expect(readdirSync(placeOf())).toHaveLength(1);
    snapshots.close();
  });

  it('save reading the events before them', async () => {
    const snapshots = manySnapshots();
    const last = { position: events.at(-1)!.position };
    expect((await foldAsOf(last, snapshots)).read).toBe(events.length);
    expect((await foldAsOf(last, snapshots)).read).toBeLessThan(300);
    expect((await foldAsOf({ position: events[700]!.position }, snapshots)).read).toBeLessThan(300);
    expect((await foldAsOf({ position: events[100]!.position }, snapshots)).read).toBeLessThan(110);
    snapshots.clear();
    expect(readdirSync(placeOf())).toEqual([]);
    expect((await foldAsOf(last, snapshots)).read).toBe(events.length);
    snapshots.close();
  });

  it('can be used by several folds at once, independently', async () => {
    const snapshots = new PastSnapshots(placeOf());
    await foldAsOf({ position: events.at(-1)!.position }, snapshots);
    const moments = [700, 720, 900, 900, 999].map((index) => ({ position: events[index]!.position }));
    const together = await Promise.all(moments.map((asOf) => foldAsOf(asOf, snapshots)));
    for (const [index, asOf] of moments.entries()) expect(together[index]!.content).toEqual((await foldAsOf(asOf)).content);
    snapshots.close();
  });

  it('stay below the size limit and leave no files behind', async () => {
    const snapshots = new PastSnapshots(placeOf(), 1_000_000);
    for (const appId of ['one', 'two', 'three', APP_ID]) {
      const renamed = events.map((event) => ({ ...event, stream: event.stream.replace(APP_ID, appId) }));
      const past = await foldReadModels({ store: new ScriptedEventStore(renamed), appIds: [appId], asOf: { time: NOW }, now: NOW, snapshots });
      past.close();
    }
    const files = readdirSync(placeOf());
    expect(files.filter((file) => !file.startsWith('snapshot-'))).toEqual([]);
    expect(files.length).toBeLessThan(8);
    snapshots.close();
    expect(readdirSync(directory.path)).toEqual([]);
    new PastSnapshots(placeOf()).close();
  });

  it('that are missing or cannot be written do not change results', async () => {
    const snapshots = new PastSnapshots(placeOf());
    const [asOf, earlier, later] = [900, 700, 950].map((index) => ({ position: events[index]!.position }));
    await foldAsOf(asOf!, snapshots);
    for (const file of readdirSync(placeOf())) rmSync(join(placeOf(), file));
    for (const moment of [asOf!, later!, earlier!, later!]) expect((await foldAsOf(moment, snapshots)).content).toEqual((await foldAsOf(moment)).content);
    expect((await foldAsOf(later!, snapshots)).read).toBe(0);
    rmSync(placeOf(), { recursive: true });
    for (const moment of [asOf!, later!, earlier!]) expect((await foldAsOf(moment, snapshots)).content).toEqual((await foldAsOf(moment)).content);
    snapshots.close();
  });

  it('are shared by all who ask for the same moment, and folded once', async () => {
    const snapshots = new PastSnapshots(placeOf());
    const asOf = { position: events[600]!.position };
    const readings = await Promise.all(Array.from({ length: 5 }, () => foldAsOf(asOf, snapshots)));
    expect(readings.map(({ read }) => read > 0).filter(Boolean)).toHaveLength(1);
    expect((await foldAsOf({ time: events[600]!.occurredAt }, snapshots)).read).toBeLessThan(300);
    snapshots.close();
  });

  it('that are large and were asked for once are gone on with, and others stay', async () => {
    const snapshots = new PastSnapshots(placeOf(), undefined, 1);
    const [first, second, third] = [600, 610, 620].map((index) => ({ position: events[index]!.position }));
    const expected = new Map(await Promise.all([first!, second!, third!].map(async (asOf) => [asOf, (await foldAsOf(asOf)).content] as const)));
    const files = (): number => readdirSync(placeOf()).length;
    await foldAsOf(first!, snapshots);
    const before = files();
    expect((await foldAsOf(second!, snapshots)).content).toEqual(expected.get(second!));
    expect(files()).toBe(before);
    expect((await foldAsOf(second!, snapshots)).read).toBe(0);
    expect((await foldAsOf(third!, snapshots)).content).toEqual(expected.get(third!));
    expect(files()).toBe(before + 1);
    for (const asOf of [second!, first!, third!]) expect((await foldAsOf(asOf, snapshots)).content).toEqual(expected.get(asOf));
    snapshots.close();
  });

  it('include later events of a stream that had none beyond the moment', async () => {
    const log = [...events.slice(0, 300)];
    const store = new ScriptedEventStore(log);
    const snapshots = new PastSnapshots(placeOf());
    const position = events[320]!.position;
    const countAt = async (): Promise<number> => {
      const past = await foldReadModels({ store, appIds: [APP_ID], asOf: { position }, now: NOW, snapshots });
      const count = past.readModels.userList.totalCount(APP_ID, { statuses: ['ACTIVE', 'LEFT'] });
      past.close();
      return count;
    };
    const before = await countAt();
    log.push(...events.slice(300));
    expect(await countAt()).toBeGreaterThan(before);
    snapshots.close();
  });

  it('of another process are not used', async () => {
    await foldAsOf({ position: events.at(-1)!.position }, new PastSnapshots(placeOf()));
    expect(readdirSync(placeOf()).length).toBeGreaterThan(0);
    const snapshots = new PastSnapshots(placeOf());
    expect(readdirSync(placeOf())).toEqual([]);
    expect((await foldAsOf({ position: events.at(-1)!.position }, snapshots)).read).toBe(events.length);
    snapshots.close();
  });
});
