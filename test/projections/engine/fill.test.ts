import fc from 'fast-check';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { MEMBERSHIP_EVENTS_TABLES } from '../../../src/projections/membershipEvents/projection';
import { versionedTable, type Projection, type Row, type RowChange, type SqlValue } from '../../../src/projections/engine/projection';
import { drive } from '../../../src/projections/engine/drive';
import { ProjectionFill } from '../../../src/projections/engine/fill';
import { ProjectionRunner } from '../../../src/projections/engine/runner';
import { ProjectionUpdate } from '../../../src/projections/engine/update';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { liveProjections } from '../../../src/projections/allProjections';
import { checkpointsOf } from '../../../src/projections/engine/files';
import { USER_LIST_TABLES } from '../../../src/projections/userList/tables';
import { EventLog } from '../eventLog';
import { logOf, memory, once, openDatabase, seenBy } from '../givenProjector';
import { contentOf } from '../projectedTables';
import { ScriptedEventStore } from '../scriptedEventStore';

const PEOPLE = versionedTable('town', 1, 'people');
const HOUSES = versionedTable('town', 1, 'houses');
const SORTS = versionedTable('town', 1, 'sorts');

/** A projection whose events contain the row changes. */
const town: Projection = {
  name: 'town',
  version: 1,
  tables: [
    { name: SORTS, columns: { sort: 'TEXT NOT NULL', number: 'INTEGER NOT NULL' }, primaryKey: ['sort'], withoutRowId: true },
    {
      name: PEOPLE,
      columns: { street: 'TEXT NOT NULL', person: 'INTEGER NOT NULL', sort: "TEXT NOT NULL CHECK (sort IN ('x', 'y', 'z'))", house: 'TEXT', age: 'INTEGER NOT NULL DEFAULT 0' },
      primaryKey: ['street', 'person'],
      also: [`CREATE INDEX ${PEOPLE}_by_house ON ${PEOPLE} (house)`],
      counted: { table: SORTS, by: ['sort'] },
    },
    { name: HOUSES, columns: { house: 'TEXT NOT NULL', street: 'TEXT', floors: 'INTEGER NOT NULL' }, primaryKey: ['house'], withoutRowId: true },
  ],
  streamPrefixes: ['app-'],
  apply: ({ data }) => (data as unknown as { changes: readonly RowChange[] }).changes,
};

const street = fc.constantFrom('a', 'b');
const person = fc.integer({ min: 1, max: 4 });
const sort = fc.constantFrom('x', 'y', 'z');
const house = fc.constantFrom('h1', 'h2', "h'3");
const houseOrNull = fc.option(house, { nil: null });
const some = (row: Readonly<Record<string, fc.Arbitrary<SqlValue>>>): fc.Arbitrary<Row> =>
  fc.tuple(...Object.entries(row).map(([column, value]) => fc.option(value.map((found) => [column, found] as const), { nil: null }))).map((columns) => Object.fromEntries(columns.filter((one) => one !== null)));
const key = fc.record({ street, person });
const whoever = fc.oneof(key, some({ street, house: houseOrNull, sort }), fc.record({ street, person, sort }));
const like = fc.record({ table: fc.constant(HOUSES), key: fc.record({ house }), column: fc.constant('street') });

const change: fc.Arbitrary<RowChange> = fc.oneof(
  fc.tuple(key, sort, some({ house: houseOrNull, age: person }), fc.constantFrom([], ['house'])).map(([found, as, more, keep]): RowChange => ({ kind: 'upsert', table: PEOPLE, row: { ...found, sort: as, ...more }, keep })),
  fc.tuple(house, fc.option(street, { nil: null }), person).map(([found, on, floors]): RowChange => ({ kind: 'upsert', table: HOUSES, row: { house: found, street: on, floors } })),
  fc.tuple(whoever, some({ sort, house: houseOrNull, age: person })).filter(([where, set]) => Object.keys(where).length > 0 && Object.keys(set).length > 0).map(([where, set]): RowChange => ({ kind: 'update', table: PEOPLE, where, set })),
  fc.tuple(sort, like, person).map(([as, likeness, age]): RowChange => ({ kind: 'update', table: PEOPLE, where: { sort: as }, like: likeness, set: { age } })),
  fc.tuple(key, house).map(([where, found]): RowChange => ({ kind: 'copy', table: PEOPLE, where, from: { table: HOUSES, key: { house: found } }, columns: ['house'] })),
  fc.tuple(house, fc.integer({ min: -1, max: 2 })).map(([found, floors]): RowChange => ({ kind: 'increment', table: HOUSES, key: { house: found }, by: { floors } })),
  fc.tuple(whoever, fc.option(some({ house: houseOrNull, person }), { nil: undefined }))
    .filter(([where, unless]) => Object.keys(where).length > 0 && (unless === undefined || Object.keys(unless).length > 0))
    .map(([where, unless]): RowChange => ({ kind: 'delete', table: PEOPLE, where, ...(unless ? { unless } : {}) })),
  fc.tuple(person, like).map(([found, likeness]): RowChange => ({ kind: 'delete', table: PEOPLE, where: { person: found }, like: likeness })),
);

const logWith = (changes: readonly (readonly RowChange[])[]): readonly StoredEvent[] => {
  const log = new EventLog();
  for (const some of changes) log.add('app-gx624', 'Changed', { changes: some }, undefined, 1);
  return log.events;
};

interface Produced {
  readonly content: Readonly<Record<string, readonly string[]>>;
  readonly schema: unknown;
  readonly checkpoints: unknown;
}

const contentIn = (database: ReadModelDatabase): Produced => ({
  content: contentOf(database, [town]),
  schema: database.all<{ readonly sql: string }>('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL').map(({ sql }) => sql).sort(),
  checkpoints: [...checkpointsOf(database)],
});

const using = async <T>(work: (database: ReadModelDatabase) => T | Promise<T>): Promise<T> => {
  const database = ReadModelDatabase.open(':memory:');
  try {
    return await work(database);
  } finally {
    database.close();
  }
};

/** What a runner produces from the events, one at a time. */
const asRun = (events: readonly StoredEvent[]): Promise<Produced> => using((database) => {
  const runner = new ProjectionRunner(database, [town], 'log');
  for (const event of events) runner.apply([event]);
  return contentIn(database);
});

/** Fills and returns the projections that were left out. */
async function filledWith(fill: ProjectionFill, events: readonly StoredEvent[], batch = 256): Promise<readonly Projection[]> {
  await drive(new ScriptedEventStore([...events]).readAll(), fill, { batch });
  return fill.leftOut;
}

/** What a fill produces from the events; a runner applies them to what the fill leaves out. */
const asFilled = (events: readonly StoredEvent[], maxRows: number): Promise<Produced & { readonly left: number }> => using(async (database) => {
  const fill = new ProjectionFill(database, [town], 'log', maxRows);
  const left = (await filledWith(fill, events, 3)).length;
  if (left > 0) new ProjectionRunner(database, [town], 'log').apply(events);
  return { ...contentIn(database), left };
});

/** What an update produces that takes the events in batches and writes after some of them. */
const asUpdated = (events: readonly StoredEvent[], batch: number): Promise<Produced> => using((database) => {
  for (let from = 0; from < events.length; from += 3 * batch) {
    const update = new ProjectionUpdate(database, [town]);
    for (let next = from; next < Math.min(events.length, from + 3 * batch); next += batch) {
      update.apply(events.slice(next, Math.min(next + batch, from + 3 * batch)));
      if (next % 2 === 0) finish(update);
    }
    finish(update);
  }
  // Checkpoints are not moved by an update.
  return { ...contentIn(database), checkpoints: null };
});

function finish(update: ProjectionUpdate): void {
  const steps = update.finish();
  while (steps.next().done === false);
}

describe('an update', () => {
  it('produces the same rows and counts as the runner, in tables with and without rows, however often it writes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 60 }), fc.constantFrom(1, 2, 5, 30), async (changes, batch) => {
      const events = logWith(changes);
      expect(await asUpdated(events, batch)).toEqual({ ...(await asRun(events)), checkpoints: null });
    }), { numRuns: 200 });
  });
});

describe('a fill', () => {
  it('produces the same rows, counts, indexes and checkpoints as the runner, however few rows it holds in memory', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 60 }), fc.constantFrom(1, 2, 5, 1_000), async (changes, maxRows) => {
      const events = logWith(changes);
      const { left, ...filled } = await asFilled(events, maxRows);
      expect(filled).toEqual(await asRun(events));
      expect(left).toBe(0);
    }), { numRuns: 200 });
  });

  it.each<[string, RowChange]>([
    ['a value of another type', { kind: 'upsert', table: PEOPLE, row: { street: 'a', person: 1, sort: 'x', age: '7' } }],
    ['null where a column takes none', { kind: 'update', table: PEOPLE, where: { street: 'a', person: 1 }, set: { sort: null } }],
    ['a comparison with another type', { kind: 'update', table: PEOPLE, where: { street: 'a', age: '3' }, set: { sort: 'z' } }],
    ['a row without what it needs', { kind: 'upsert', table: PEOPLE, row: { street: 'a', person: 1, age: 4 } }],
    ['another key', { kind: 'update', table: PEOPLE, where: { street: 'a', person: 1 }, set: { person: 5 } }],
    ['what the column does not take', { kind: 'upsert', table: PEOPLE, row: { street: 'c', person: 1, sort: 'w' } }],
    ['an unknown table', { kind: 'delete', table: 'town_v1_cars', where: { car: 'c' } }],
    ['an unknown column', { kind: 'delete', table: PEOPLE, where: { shoes: 3 } }],
    ['a key that could be taken for another', { kind: 'upsert', table: PEOPLE, row: { street: 'a\0b', person: 1, sort: 'x' } }],
  ])('leaves out a projection with %s', async (_what, odd) => {
    const before: RowChange = { kind: 'upsert', table: PEOPLE, row: { street: 'a', person: 1, sort: 'x', age: 3 } };
    const after: RowChange = { kind: 'upsert', table: PEOPLE, row: { street: 'b', person: 2, sort: 'y' } };
    const events = logWith([[before], [odd], [after]]);
    const { left, ...filled } = await asFilled(events, 1_000);
    expect(left).toBe(1);
    expect(filled).toEqual(await asRun(events));
  });

  it.each([1, 3, 1_000])('produces the same read models as the runner with %s rows per table in memory', async (maxRows) => {
    const log = new EventLog();
    for (const appId of ['gx624', 'hy735']) {
      log.register(appId);
      for (const name of ['ann', 'bob', 'eve']) log.join(name, { appId, name });
      log.contacts('ContactsAssigned', { userId: 'ann', epoch: 1, contactIds: ['c1', 'c2', 'c3'] }, undefined, appId);
      log.contacts('ContactsReassigned', { fromUserId: 'ann', userId: 'bob', epoch: 1, contactIds: ['c1'] }, undefined, appId);
      log.contacts('ContactsUnassigned', { userId: 'ann', contactIds: ['c2'] }, undefined, appId);
      log.contacts('AssigneeClosed', { userId: 'eve', epoch: 1, leaveId: 'l', reason: 'LEFT', removalReason: null }, undefined, appId);
      log.roster('PartnerLeftApp', { userId: 'eve', epoch: 1, leaveId: 'l' }, undefined, appId);
      log.label('ann', 'Mine', appId);
      // Eve returns under another Keap ID: the user created for the invitation is removed.
      log.invite('sam', { appId });
      log.roster('InvitationResent', { userId: 'sam', invitationId: 'invitation-sam', expiresAt: '2026-05-01T00:00:00.000Z', tokenHash: 'x', sendCount: 2 }, undefined, appId);
      log.accept('eve', { appId, epoch: 2, invitationId: 'invitation-sam', keapId: 'sam@acme.com' });
      log.invite('tom', { appId });
      log.roster('InvitationRevoked', { userId: 'tom', invitationId: 'invitation-tom' }, undefined, appId);
    }
    log.bind('ann@acme.com', 'person-ann');
    log.bind('bob@acme.com', 'person-bob');
    log.release('ann@acme.com', 'person-ann');
    const [filled, run] = [openDatabase(), openDatabase()];
    const fill = new ProjectionFill(filled, liveProjections, 'log', maxRows);
    expect(await filledWith(fill, log.events)).toEqual([]);
    new ProjectionRunner(run, liveProjections, 'log').apply(log.events);
    expect(contentOf(filled, liveProjections)).toEqual(contentOf(run, liveProjections));
    // Later events find the same triggers and the same rowids, which the history is read by.
    const next = log.invite('liz');
    for (const database of [filled, run]) new ProjectionRunner(database, liveProjections, 'log').apply([next]);
    expect(contentOf(filled, liveProjections)).toEqual(contentOf(run, liveProjections));
    const numbers = (database: ReadModelDatabase): unknown => database.all(`SELECT rowid, position FROM ${MEMBERSHIP_EVENTS_TABLES.entries} ORDER BY rowid`);
    expect(numbers(filled)).toEqual(numbers(run));
    // The numbers of users and of changes in the table that searches read may differ; its content does not.
    const searched = (database: ReadModelDatabase): unknown => {
      const rows = database.all<Row>(`SELECT * FROM ${USER_LIST_TABLES.search} WHERE user_id IS NOT NULL ORDER BY app_id, user_id`);
      return rows.map((row) => ({ ...row, number: null, changed: null }));
    };
    expect(searched(filled)).toEqual(searched(run));
  });

  it('leaves a projection that stops at the beginning of the log, and fills the others', async () => {
    const { events } = logOf(['A', 'Poison of one', 'B']);
    const database = openDatabase();
    const fill = new ProjectionFill(database, [memory('one'), memory('two')], 'log');
    expect((await filledWith(fill, events)).map(({ name }) => name)).toEqual(['one']);
    expect(seenBy(database, 'one')).toEqual([]);
    expect(seenBy(database, 'two')).toEqual(once(events));
    expect([...checkpointsOf(database)].map(([name, { position }]) => [name, position])).toEqual([['one', ''], ['two', events[2]!.position]]);
  });
});
