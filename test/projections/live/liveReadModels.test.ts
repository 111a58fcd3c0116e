import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { LiveReadModels } from '../../../src/projections/live/liveReadModels';
import type { Projection } from '../../../src/projections/engine/projection';
import { ProjectionFill } from '../../../src/projections/engine/fill';
import { ProjectionRunner } from '../../../src/projections/engine/runner';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { ReadModelFiles, erasuresSeen, setErasuresSeen } from '../../../src/projections/engine/files';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import { logOf, memory, once, seenBy, SOON } from '../givenProjector';
import { ScriptedEventStore } from '../scriptedEventStore';

/** The same table under another version, optionally with another column. */
const changed = (version: number, column?: string): Projection => {
  const one = memory('one', version);
  return { ...one, tables: one.tables.map((table) => ({ ...table, columns: { ...table.columns, ...(column === undefined ? {} : { [column]: 'TEXT' }) } })) };
};

describe('live read models', () => {
  let directory: TemporaryDirectory;
  let closing: (() => Promise<void> | void)[];
  beforeEach(() => {
    directory = temporaryDirectory();
    closing = [() => { directory.remove(); }];
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  interface Opened {
    readonly live: LiveReadModels;
    readonly database: ReadModelDatabase;
    readonly told: string[];
    readonly problems: string[];
    version(): number | undefined;
  }
  const open = async (events: StoredEvent[], projections: readonly Projection[], more: { readonly isReachable?: boolean; readonly storeId?: string; readonly store?: ScriptedEventStore; readonly maxWalBytes?: number } = {}): Promise<Opened> => {
    const files = new ReadModelFiles(directory.path);
    const database = ReadModelDatabase.open(files.live);
    const [told, problems]: [string[], string[]] = [[], []];
    const store = new ScriptedEventStore(events);
    const live = await LiveReadModels.open({
      store, storeId: 'log', isReachable: true, database, projections, files, tell: (message) => told.push(message), report: ({ what }) => problems.push(what), ...more,
    });
    closing.push(() => { database.close(); }, () => live.stop());
    return { live, database, told, problems, version: () => live.projector.status().projections.find(({ name }) => name === 'one')?.version };
  };
  const filled = (events: readonly StoredEvent[], projections: readonly Projection[], storeId = 'log'): void => {
    const database = ReadModelDatabase.open(new ReadModelFiles(directory.path).live);
    new ProjectionRunner(database, projections, storeId).apply(events);
    database.close();
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };

  it('move to another file when somebody reads them for so long that the write-ahead log cannot be emptied', async () => {
    const { events } = logOf(['A', 'B', 'C']);
    filled(events.slice(0, 2), [changed(1)]);
    const { live, database } = await open(events, [changed(1)], { maxWalBytes: 4 });
    live.start();
    const before = database.file;
    const stalled = new Database(before);
    stalled.exec('BEGIN');
    stalled.prepare('SELECT * FROM projection_checkpoints').all();
    await live.projector.waitFor(events.at(-1)?.position ?? '', SOON);
    live.check();
    await until(() => database.file !== before);
    expect(seenBy(database, 'one')).toHaveLength(3);
    stalled.close();
    live.check();
    expect(existsSync(before)).toBe(false);
  });

  it('wait for a lock of another program while everything else goes on, and report nothing', async () => {
    const { events } = logOf(['A', 'B', 'C']);
    filled(events.slice(0, 2), [changed(1)]);
    const { live, database, problems } = await open(events, [changed(1)]);
    const other = new Database(database.file);
    other.exec('BEGIN IMMEDIATE');
    live.start();
    expect(await live.projector.waitFor(events.at(-1)?.position ?? '', 100)).toBe(false);
    other.exec('ROLLBACK');
    other.close();
    expect(await live.projector.waitFor(events.at(-1)?.position ?? '', SOON)).toBe(true);
    expect(problems).toEqual([]);
  });

  it('of another version answer at once and are replaced by new ones', async () => {
    const { events } = logOf(['A', 'B', 'C']);
    filled(events.slice(0, 2), [changed(1), memory('two')]);
    const { live, database, version, told } = await open(events, [changed(2), memory('two')]);
    expect(version()).toBe(1);
    expect(seenBy(database, 'one', 2)).toEqual(once(events.slice(0, 2)));
    live.start();
    expect(await live.projector.waitFor(events[2]!.position, SOON)).toBe(true);
    await until(() => version() === 2);
    expect(seenBy(database, 'one', 2)).toEqual(once(events));
    expect(seenBy(database, 'two')).toEqual(once(events));
    await until(() => told.length === 2);
    expect(existsSync(join(directory.path, 'readmodels.db'))).toBe(false);
  });

  it('whose rebuild began before an erasure are rebuilt from the start, and record that erasure', async () => {
    const { events } = logOf(['A', 'B', 'C']);
    const begun = ReadModelDatabase.open(new ReadModelFiles(directory.path).next);
    new ProjectionRunner(begun, [changed(2)], 'log').apply([{ ...events[0]!, type: 'Of somebody who was erased' }]);
    begun.close();
    filled(events, [changed(1)]);
    const live = ReadModelDatabase.open(new ReadModelFiles(directory.path).live);
    setErasuresSeen(live, 3);
    live.close();
    const opened = await open(events, [changed(2)]);
    opened.live.start();
    await until(() => opened.version() === 2);
    expect(seenBy(opened.database, 'one', 2)).toEqual(once(events));
    expect(erasuresSeen(opened.database)).toBe(3);
    await opened.live.stop();
    opened.database.close();
    const again = ReadModelDatabase.open(new ReadModelFiles(directory.path).live);
    expect(erasuresSeen(again)).toBe(3);
    again.close();
  });

  it('are replaced again at the next version, which reuses the other file', async () => {
    const { events } = logOf(['A', 'B']);
    filled(events, [changed(1)]);
    for (const number of [2, 3]) {
      const { live, database, version } = await open(events, [changed(number)]);
      live.start();
      await until(() => version() === number);
      expect(seenBy(database, 'one', number)).toEqual(once(events));
      await live.stop();
      database.close();
    }
    expect(existsSync(join(directory.path, 'readmodels.db'))).toBe(true);
    expect(existsSync(join(directory.path, 'readmodels.next.db'))).toBe(false);
  });

  it('are filled first if the old ones have another schema or a projection is new', async () => {
    const { events } = logOf(['A', 'B']);
    filled(events, [changed(1, 'former')]);
    const first = await open(events, [changed(2)]);
    expect(seenBy(first.database, 'one', 2)).toEqual(once(events));
    await first.live.stop();
    first.database.close();
    const second = await open(events, [changed(2), memory('two')]);
    expect(seenBy(second.database, 'two')).toEqual(once(events));
    expect(second.told).toHaveLength(2);
  });

  it('stay in use when an event cannot be applied to the new ones', async () => {
    const { events } = logOf(['A', 'Poison of one']);
    filled(events, [{ ...changed(1), apply: (event) => memory('one', 1).apply({ ...event, type: 'A' }) }]);
    const { live, database, version, problems } = await open(events, [changed(2)]);
    live.start();
    await until(() => problems.length > 0);
    expect(problems).toEqual(['REBUILD_FAILED']);
    expect(version()).toBe(1);
    expect(seenBy(database, 'one', 2)).toEqual(once(events));
  });

  it('have one stopped projection when they must be filled first and an event cannot be applied', async () => {
    const { events } = logOf(['A', 'Poison of one', 'B']);
    filled(events.slice(0, 1), [changed(1, 'former'), memory('two')]);
    const { live, problems } = await open(events, [changed(2), memory('two')]);
    expect(problems).toEqual(['REBUILD_FAILED']);
    live.start();
    expect(await live.projector.waitFor(events[2]!.position, SOON, ['two'])).toBe(true);
    expect(live.projector.status().projections).toMatchObject([{ name: 'one', state: 'STOPPED' }, { name: 'two', state: 'RUNNING' }]);
  });

  it.each([['of another log', 'another log'], ['that are not there', null]])('%s are filled without a rebuild', async (_what: string, storeId: string | null) => {
    const { events } = logOf(['A', 'B']);
    if (storeId !== null) filled(events, [changed(1)], storeId);
    const { live, told, version } = await open(events, [changed(2)]);
    expect([version(), told]).toEqual([2, []]);
    live.start();
    expect(await live.projector.waitFor(events[1]!.position, SOON)).toBe(true);
  });

  describe('that are empty', () => {
    const unfinished = (): string => `${new ReadModelFiles(directory.path).next}.unfinished`;

    it('are filled and not visible before they are complete; the projector continues from there', async () => {
      const log = logOf(['A', 'B', 'C']);
      const store = new ScriptedEventStore(log.events);
      const readAll = store.readAll.bind(store);
      const seenMeanwhile: unknown[] = [];
      const { live, database, problems } = await open(log.events, [memory('one'), memory('two')], { store });
      jest.spyOn(store, 'readAll').mockImplementation(async function* (options) {
        for await (const event of readAll(options)) {
          if (existsSync(unfinished())) seenMeanwhile.push([seenBy(database, 'one'), live.projector.position(), live.projector.status().caughtUp, await live.waitUntilFilled(0)]);
          yield event;
        }
      });
      live.start();
      expect(await live.projector.waitFor('00000003', SOON)).toBe(true);
      expect(seenMeanwhile).toEqual(log.events.map(() => [[], '', false, false]));
      expect(await live.waitUntilFilled(0)).toBe(true);
      expect(seenBy(database, 'two')).toEqual(once(log.events));
      log.add('app-gx624', 'D', {}, undefined, 1);
      store.announce();
      expect(await live.projector.waitFor('00000004', SOON)).toBe(true);
      expect(store.subscribedFrom).toEqual(['00000003']);
      expect(seenBy(database, 'one')).toEqual(once(log.events));
      expect([problems, existsSync(unfinished())]).toEqual([[], false]);
    });

    it('are filled from the start after a process was killed while it filled them', async () => {
      const { events } = logOf(['A', 'B', 'C']);
      const killed = ReadModelDatabase.openScratch(unfinished());
      new ProjectionFill(killed, [memory('one')], 'log', 1).apply(events.slice(0, 2));
      killed.release();
      killed.close();
      const { live, database } = await open(events, [memory('one')]);
      expect(seenBy(database, 'one')).toEqual([]);
      live.start();
      expect(await live.projector.waitFor('00000003', SOON)).toBe(true);
      expect(seenBy(database, 'one')).toEqual(once(events));
      expect(existsSync(unfinished())).toBe(false);
    });

    it('stay empty when the service stops during the fill, and are filled at its next start', async () => {
      const { events } = logOf(['A', 'B', 'C']);
      const store = new ScriptedEventStore(events);
      const readAll = store.readAll.bind(store);
      const stopped = await open(events, [memory('one')], { store });
      const stopping = new Promise<void>((resolve) => {
        jest.spyOn(store, 'readAll').mockImplementation(async function* (options) {
          for await (const event of readAll(options)) {
            if (existsSync(unfinished())) resolve(stopped.live.stop());
            yield event;
          }
        });
      });
      stopped.live.start();
      await stopping;
      expect(seenBy(stopped.database, 'one')).toEqual([]);
      stopped.database.close();
      expect([existsSync(unfinished()), existsSync(new ReadModelFiles(directory.path).next)]).toEqual([false, false]);
      const { live, database } = await open(events, [memory('one')]);
      live.start();
      expect(await live.projector.waitFor('00000003', SOON)).toBe(true);
      expect(seenBy(database, 'one')).toEqual(once(events));
    });

    it('are filled event by event after a fill fails or a projection stops', async () => {
      const { events } = logOf(['A', 'Poison of one', 'C']);
      const store = new ScriptedEventStore(events);
      const { live, database, problems } = await open(events, [memory('one'), memory('two')], { store });
      jest.spyOn(store, 'readAll').mockImplementationOnce(() => { throw new Error('no route'); });
      live.start();
      expect(await live.projector.waitFor('00000003', SOON, ['two'])).toBe(true);
      expect(problems).toEqual(['REBUILD_FAILED', 'PROJECTION_STOPPED']);
      await live.stop();
      database.close();
      new ReadModelFiles(directory.path).nextIsLive();
      const again = await open(events, [memory('one'), memory('two')]);
      again.live.start();
      await until(() => again.problems.length > 0);
      expect(again.problems).toEqual(['PROJECTION_STOPPED']);
      expect(seenBy(again.database, 'one')).toEqual(once(events.slice(0, 1)));
      expect(seenBy(again.database, 'two')).toEqual(once(events));
    });
  });
});
