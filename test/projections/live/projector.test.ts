import { versionedTable, type Projection } from '../../../src/projections/engine/projection';
import type { ProjectorOptions, ProjectorProblem } from '../../../src/projections/live/projector';
import { readModelProjections } from '../../../src/projections/allProjections';
import { EventLog } from '../eventLog';
import { databaseFile, logOf, memory, once, openDatabase, projectorOf, seenBy, SOON } from '../givenProjector';
import { contentOf } from '../projectedTables';
import { ScriptedEventStore } from '../scriptedEventStore';

describe('the projector', () => {
  it('applies old and new events once and in order, and reports its position', async () => {
    const log = logOf(['a', 'b', 'c', 'd', 'e']);
    const store = new ScriptedEventStore(log.events);
    const database = openDatabase();
    const projector = projectorOf({ store, database });
    expect(projector.position()).toBe('');
    expect(projector.status()).toMatchObject({ caughtUp: false });
    projector.start();
    expect(await projector.waitFor('00000005', SOON)).toBe(true);
    log.add('app-gx624', 'f', {}, undefined, 1);
    log.add('person-x', 'elsewhere', {}, undefined, 1);
    store.announce();
    expect(await projector.waitFor('00000007', SOON)).toBe(true);
    expect(seenBy(database, 'one')).toEqual(once(log.events.slice(0, 6)));
    expect(projector.position(['two'])).toBe('00000007');
    expect(projector.status()).toEqual({
      caughtUp: true,
      filling: null,
      projections: [
        { name: 'one', version: 1, position: '00000007', state: 'RUNNING' },
        { name: 'two', version: 1, position: '00000007', state: 'RUNNING' },
      ],
    });
    expect(() => projector.position(['three'])).toThrow(/no projection "three"; there are one, two/);
  });

  it('continues from its checkpoint after a restart', async () => {
    const file = databaseFile();
    const log = logOf(['a', 'b', 'c', 'd']);
    const first = openDatabase(file);
    const before = projectorOf({ store: new ScriptedEventStore(log.events), database: first });
    before.start();
    expect(await before.waitFor('00000004', SOON)).toBe(true);
    await before.stop();
    first.close();

    log.add('app-gx624', 'e', {}, undefined, 1);
    const store = new ScriptedEventStore(log.events);
    const database = openDatabase(file);
    const projector = projectorOf({ store, database });
    projector.start();
    expect(await projector.waitFor('00000005', SOON)).toBe(true);
    expect(store.subscribedFrom).toEqual(['00000004']);
    expect(seenBy(database, 'one')).toEqual(once(log.events));
  });

  it('produces the same tables over several restarts as in one run', async () => {
    const log = new EventLog();
    log.register();
    for (const name of ['ann', 'bob', 'eve']) log.join(name, { name });
    log.contacts('ContactsAssigned', { userId: 'ann', epoch: 1, contactIds: ['c1', 'c2'] });
    log.contacts('ContactsReassigned', { fromUserId: 'ann', userId: 'bob', epoch: 1, contactIds: ['c1'] });
    log.bind('ann@acme.com', 'person-ann');
    log.label('ann', 'Mine');
    log.roster('PartnerLeftApp', { userId: 'eve', epoch: 1, leaveId: 'l' });
    log.invite('sam');
    log.roster('InvitationResent', { userId: 'sam', invitationId: 'invitation-sam', expiresAt: log.events[0]!.occurredAt, tokenHash: 'x', sendCount: 2 });
    const file = databaseFile();
    for (let known = 1; known <= log.events.length; known += 3) {
      const database = openDatabase(file);
      const projector = projectorOf({ store: new ScriptedEventStore(log.events.slice(0, known), 2), database, projections: readModelProjections });
      projector.start();
      expect(await projector.waitFor(log.events[known - 1]!.position, SOON)).toBe(true);
      await projector.stop();
      database.close();
    }
    const [live, rebuilt] = [openDatabase(file), openDatabase()];
    for (const database of [live, rebuilt]) {
      const projector = projectorOf({ store: new ScriptedEventStore(log.events, 100), database, projections: readModelProjections });
      projector.start();
      expect(await projector.waitFor(log.events.at(-1)!.position, SOON)).toBe(true);
    }
    expect(contentOf(live)).toEqual(contentOf(rebuilt));
    expect(Object.entries(contentOf(live)).find(([table]) => /^user_list_v\d+_users$/.test(table))?.[1]).toHaveLength(5);
  });

  it('writes rows and checkpoint together or not at all when the database fails', async () => {
    const log = logOf(['a', 'b', 'c']);
    const store = new ScriptedEventStore(log.events);
    const database = openDatabase();
    const problems: ProjectorProblem[] = [];
    const projector = projectorOf({ store, database, report: (problem) => problems.push(problem) });
    const run = database.run.bind(database);
    let writes = 0;
    jest.spyOn(database, 'run').mockImplementation((sql, parameters) => {
      writes += 1;
      if (writes === 6) throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
      run(sql, parameters);
    });
    projector.start();
    expect(await projector.waitFor('00000003', SOON)).toBe(true);
    expect(problems).toEqual([{ what: 'DATABASE_FAILED', message: 'disk full' }]);
    expect(store.subscribedFrom).toEqual(['', '']);
    expect(seenBy(database, 'one')).toEqual(once(log.events));
    expect(seenBy(database, 'two')).toEqual(once(log.events));
  });

  it('resumes a lost or ended subscription from its checkpoint', async () => {
    const log = logOf(['a', 'b']);
    const store = new ScriptedEventStore(log.events);
    const database = openDatabase();
    const problems: ProjectorProblem[] = [];
    const projector = projectorOf({ store, database, report: (problem) => problems.push(problem) });
    store.fail(new Error('no route'));
    projector.start();
    expect(await projector.waitFor('00000002', SOON)).toBe(true);
    store.fail('END');
    log.add('app-gx624', 'c', {}, undefined, 1);
    store.announce();
    expect(await projector.waitFor('00000003', SOON)).toBe(true);
    expect(problems.map(({ what }) => what)).toEqual(['SUBSCRIPTION_LOST', 'SUBSCRIPTION_LOST']);
    expect(problems[0]?.message).toBe('no route');
    expect(store.subscribedFrom).toEqual(['', '', '00000002']);
    expect(seenBy(database, 'one')).toEqual(once(log.events));
  });
});

describe('a projection that cannot apply an event', () => {
  it('stops alone, before that event, and tries again only at the next start', async () => {
    const log = logOf(['a', 'Poison of one', 'c', 'd']);
    const store = new ScriptedEventStore(log.events);
    const database = openDatabase();
    const problems: ProjectorProblem[] = [];
    const projector = projectorOf({ store, database, report: (problem) => problems.push(problem) });
    projector.start();
    expect(await projector.waitFor('00000004', SOON, ['two'])).toBe(true);
    expect(seenBy(database, 'one')).toEqual(once(log.events.slice(0, 1)));
    expect(seenBy(database, 'two')).toEqual(once(log.events));
    expect(projector.position()).toBe('00000001');
    const error = 'Poison of one at revision 1 of app-gx624 (position 00000002) cannot be applied: cannot be swallowed';
    expect(projector.status().projections).toEqual([
      { name: 'one', version: 1, position: '00000001', state: 'STOPPED', error },
      { name: 'two', version: 1, position: '00000004', state: 'RUNNING' },
    ]);
    expect(problems).toEqual([{ what: 'PROJECTION_STOPPED', message: error, projection: 'one' }]);

    await projector.stop();
    const mended = projectorOf({ store, database, projections: [{ ...memory('one'), apply: () => [] }, memory('two')] });
    mended.start();
    expect(await mended.waitFor('00000004', SOON)).toBe(true);
    expect(seenBy(database, 'two')).toEqual(once(log.events));
  });

  it('is not waited for', async () => {
    const log = logOf(['Poison of one']);
    const projector = projectorOf({ store: new ScriptedEventStore(log.events), database: openDatabase() });
    const waiting = projector.waitFor('00000001', 60_000);
    projector.start();
    expect(await waiting).toBe(false);
    expect(await projector.waitFor('00000001', 60_000)).toBe(false);
    expect(await projector.waitFor('00000001', SOON, ['two'])).toBe(true);
  });

  it('also stops when its rows violate a constraint', async () => {
    const broken: Projection = { ...memory('one'), apply: () => [{ kind: 'upsert', table: versionedTable('one', 1, 'seen'), row: { position: 'x', times: null } }] };
    const log = logOf(['a']);
    const projector = projectorOf({ store: new ScriptedEventStore(log.events), database: openDatabase(), projections: [broken, memory('two')] });
    projector.start();
    expect(await projector.waitFor('00000001', SOON, ['two'])).toBe(true);
    expect(projector.status().projections[0]).toMatchObject({ state: 'STOPPED', position: '', error: expect.stringMatching(/NOT NULL constraint failed/) });
  });
});

describe('a changed projection', () => {
  async function runOnce(file: string, log: EventLog, options: Partial<ProjectorOptions>): Promise<ScriptedEventStore> {
    const store = new ScriptedEventStore(log.events);
    const database = openDatabase(file);
    const projector = projectorOf({ store, database, ...options });
    projector.start();
    expect(await projector.waitFor(log.events.at(-1)!.position, SOON)).toBe(true);
    await projector.stop();
    database.close();
    return store;
  }

  it('of another version is filled again from the log and loses its old tables; others keep theirs', async () => {
    const file = databaseFile();
    const log = logOf(['a', 'b', 'c']);
    await runOnce(file, log, {});
    const store = await runOnce(file, log, { projections: [memory('one', 2), memory('two')] });
    expect(store.subscribedFrom).toEqual(['']);
    const database = openDatabase(file);
    expect(seenBy(database, 'one', 2)).toEqual(once(log.events));
    expect(seenBy(database, 'two')).toEqual(once(log.events));
    expect(database.all<{ name: string }>("SELECT name FROM sqlite_master WHERE name LIKE 'one_%'").map(({ name }) => name)).toEqual(['one_v2_seen']);
  });

  it('drops rows from another store', async () => {
    const file = databaseFile();
    await runOnce(file, logOf(['a', 'b', 'c']), { storeId: 'first' });
    const log = logOf(['x', 'y']);
    await runOnce(file, log, { storeId: 'second' });
    expect(seenBy(openDatabase(file), 'one')).toEqual(once(log.events));
  });

  it('announces only what is new to every projection', async () => {
    const file = databaseFile();
    const log = logOf(['a', 'b', 'c']);
    await runOnce(file, log, {});
    log.add('app-gx624', 'd', {}, undefined, 1);
    const projector = projectorOf({ store: new ScriptedEventStore(log.events), database: openDatabase(file), projections: [memory('one', 2), memory('two')] });
    const announced: string[] = [];
    projector.onApplied(({ events }) => announced.push(...events.map(({ type }) => type)));
    projector.start();
    expect(await projector.waitFor('00000004', SOON)).toBe(true);
    expect(announced).toEqual(['d']);
  });
});
