import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { foldReadModels, type AsOf } from '../../src/projections/asOfReadModels';
import { PastSnapshots } from '../../src/projections/pastSnapshots';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { APP_ID, at, EventLog } from './eventLog';
import { ScriptedEventStore } from './scriptedEventStore';

const NOW = at(1_000_000);

/** A long life of an app in both of its streams, of which the second one's clock is ahead at times. */
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
    log.contacts('AssigneeClosed', { userId, epoch: 1, leaveId: `leave${person}`, reason: 'LEAVE' }, laterInStream(log, `contacts-${APP_ID}`, 0));
    log.roster('PartnerLeftApp', { userId, epoch: 1, leaveId: `leave${person}` });
  }
  return log.events;
}

/** Time does not go back within a stream. */
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
  const look = async (asOf: AsOf, snapshots?: PastSnapshots, log = events): Promise<{ readonly content: Record<string, string[]>; readonly moment: readonly string[]; readonly read: number }> => {
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

  it('change nothing in what is seen, at any moments, one after the other', async () => {
    const snapshots = new PastSnapshots(placeOf());
    const moment = fc.tuple(fc.nat(events.length - 1), fc.boolean()).map(([index, byTime]): AsOf => (byTime ? { time: events[index]!.occurredAt } : { position: events[index]!.position }));
    await fc.assert(
      fc.asyncProperty(moment, async (asOf) => {
        const { content, moment: seen } = await look(asOf, snapshots);
        expect({ content, seen }).toEqual({ content: (await look(asOf)).content, seen: (await look(asOf)).moment });
      }),
      { numRuns: 12 },
    );
    snapshots.close();
  });

  it('are none of a moment at which one stream has ended long before the other', async () => {
    const apart = longLog(1_500, 100_000);
    const snapshots = new PastSnapshots(placeOf());
    await look({ time: at(1_500) }, snapshots, apart);
    const end = { position: apart.at(-1)!.position };
    expect((await look(end, snapshots, apart)).content).toEqual((await look(end, undefined, apart)).content);
    snapshots.close();
  });

  it('save reading what is before them', async () => {
    const snapshots = new PastSnapshots(placeOf());
    const last = { position: events.at(-1)!.position };
    expect((await look(last, snapshots)).read).toBe(events.length);
    expect((await look(last, snapshots)).read).toBeLessThan(300);
    expect((await look({ position: events[700]!.position }, snapshots)).read).toBeLessThan(300);
    expect((await look({ position: events[100]!.position }, snapshots)).read).toBeLessThan(110);
    snapshots.clear();
    expect(readdirSync(placeOf())).toEqual([]);
    expect((await look(last, snapshots)).read).toBe(events.length);
    snapshots.close();
  });

  it('are each looked at by many at once, who do not see each other', async () => {
    const snapshots = new PastSnapshots(placeOf());
    await look({ position: events.at(-1)!.position }, snapshots);
    const moments = [700, 720, 900, 900, 999].map((index) => ({ position: events[index]!.position }));
    const together = await Promise.all(moments.map((asOf) => look(asOf, snapshots)));
    for (const [index, asOf] of moments.entries()) expect(together[index]!.content).toEqual((await look(asOf)).content);
    snapshots.close();
  });

  it('take no more room than they may, and leave nothing behind', async () => {
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

  it('that are gone or cannot be written cost time only', async () => {
    const snapshots = new PastSnapshots(placeOf());
    const asOf = { position: events.at(-1)!.position };
    await look(asOf, snapshots);
    for (const file of readdirSync(placeOf())) rmSync(join(placeOf(), file));
    const again = await look(asOf, snapshots);
    expect(again.read).toBe(events.length);
    expect((await look(asOf, snapshots)).read).toBeLessThan(300);
    rmSync(placeOf(), { recursive: true });
    expect((await look(asOf, snapshots)).content).toEqual(again.content);
    expect((await look(asOf, snapshots)).content).toEqual(again.content);
    snapshots.close();
  });

  it('of another process are not taken for one\'s own', async () => {
    await look({ position: events.at(-1)!.position }, new PastSnapshots(placeOf()));
    expect(readdirSync(placeOf()).length).toBeGreaterThan(0);
    const snapshots = new PastSnapshots(placeOf());
    expect(readdirSync(placeOf())).toEqual([]);
    expect((await look({ position: events.at(-1)!.position }, snapshots)).read).toBe(events.length);
    snapshots.close();
  });
});
