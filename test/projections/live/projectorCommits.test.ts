import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import type { ProjectorProblem } from '../../../src/projections/live/projector';
import { databaseFile, logOf, memory, once, openDatabase, projectorOf, seenBy, SOON } from '../givenProjector';
import { ScriptedEventStore } from '../scriptedEventStore';

/** A projector on a file that has applied the first event of a log. */
async function started(types: readonly string[] = ['a']) {
  const file = databaseFile();
  const log = logOf(types);
  const store = new ScriptedEventStore(log.events);
  const database = openDatabase(file);
  const problems: ProjectorProblem[] = [];
  const projector = projectorOf({ store, database, projections: [memory('one'), memory('two')], report: (problem) => problems.push(problem) });
  projector.start();
  await projector.waitFor(log.events.at(-1)!.position, SOON);
  /** Applies events, one after the other. */
  const apply = async (...added: readonly string[]): Promise<void> => {
    for (const type of added) {
      const { position } = log.add('app-gx624', type, {}, undefined, 1);
      store.announce();
      await projector.waitFor(position, SOON, ['two']);
    }
  };
  const seenByOthers = (): [string, number][] => {
    const other = ReadModelDatabase.openSnapshot(file);
    try {
      return seenBy(other, 'two');
    } finally {
      other.close();
    }
  };
  return { file, log, store, database, problems, projector, apply, seenByOthers };
}

describe('rows that the projector has applied', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] });
  });
  afterEach(() => { jest.useRealTimers(); });

  it('are read at once, and committed together soon after, or when there are many', async () => {
    const { log, database, apply, seenByOthers } = await started();
    await apply('b', 'c', 'd');
    expect(seenBy(database, 'two')).toEqual(once(log.events));
    expect(seenByOthers()).toEqual(once(log.events.slice(0, 1)));
    jest.advanceTimersByTime(100);
    expect(seenByOthers()).toEqual(once(log.events));
    await apply(...Array.from({ length: 256 }, (_, index) => `e${index}`));
    expect(seenByOthers()).toEqual(once(log.events));
  });

  it('are copied from the write-ahead log into the file meanwhile, when there are many', async () => {
    const { file, log, apply } = await started();
    const inFileAlone = (): number => {
      const copy = databaseFile();
      copyFileSync(file, copy);
      const database = openDatabase(copy);
      try {
        return seenBy(database, 'two').length;
      } catch {
        // The table is not there yet, or was copied while the file was being written.
        return 0;
      }
    };
    await apply('b');
    jest.advanceTimersByTime(100);
    await new Promise((resolve) => setImmediate(resolve));
    expect(inFileAlone()).toBe(0);
    await apply(...Array.from({ length: 256 }, (_, index) => `c${index}`));
    while (inFileAlone() < log.events.length) await new Promise((resolve) => setImmediate(resolve));
  });

  it('do not make a file again that somebody has taken away', async () => {
    const { file, apply, projector } = await started();
    rmSync(file);
    await apply(...Array.from({ length: 256 }, (_, index) => `c${index}`));
    await projector.stop();
    expect(existsSync(file)).toBe(false);
  });

  it.each<[string, (database: ReadModelDatabase) => ReadModelDatabase | undefined]>([
    ['a snapshot', (database) => database.snapshot()],
    ['another connection', (database) => database.openBeside()],
  ])('are in %s, and are followed by others', async (_what, open) => {
    const { log, database, apply } = await started();
    await apply('b');
    const other = open(database);
    expect(other && seenBy(other, 'two')).toEqual(once(log.events));
    other?.close();
    await apply('c');
    expect(seenBy(database, 'two')).toEqual(once(log.events));
  });

  it('are applied again after a crash', async () => {
    const { file, log, projector, apply, database } = await started();
    await apply('b', 'c');
    jest.spyOn(database, 'commit').mockImplementation(() => { throw new Error('the process is dead'); });
    await projector.stop();
    database.close();
    const again = openDatabase(file);
    const store = new ScriptedEventStore(log.events);
    const next = projectorOf({ store, database: again });
    next.start();
    expect(await next.waitFor('00000003', SOON)).toBe(true);
    expect(store.subscribedFrom).toEqual(['00000001']);
    expect(seenBy(again, 'one')).toEqual(once(log.events));
  });

  it('are applied again when they cannot be committed, which is reported, and are not announced twice', async () => {
    const { log, store, database, problems, projector, apply } = await started();
    const announced: string[] = [];
    projector.onApplied(({ events }) => announced.push(...events.map(({ position }) => position)));
    const version = database.versionOf('gx624');
    jest.spyOn(database, 'commit').mockImplementationOnce(() => { throw new Error('disk full'); });
    await apply('b', 'c');
    database.settle();
    expect(seenBy(database, 'two')).toEqual(once(log.events.slice(0, 1)));
    expect(projector.position()).toBe('00000001');
    expect(database.versionOf('gx624')).toBeGreaterThan(version);
    expect(await projector.waitFor('00000003', SOON)).toBe(true);
    expect(seenBy(database, 'two')).toEqual(once(log.events));
    expect(problems).toEqual([{ what: 'DATABASE_FAILED', message: 'disk full' }]);
    expect(store.subscribedFrom).toEqual(['', '00000001']);
    expect(announced).toEqual(['00000002', '00000003']);
  });

  it('stay when a projection cannot apply a later event', async () => {
    const { log, database, problems, projector, apply, seenByOthers } = await started();
    await apply('b', 'Poison of one', 'c');
    expect(seenBy(database, 'one')).toEqual(once(log.events.slice(0, 2)));
    expect(seenBy(database, 'two')).toEqual(once(log.events));
    await projector.stop();
    expect(seenByOthers()).toEqual(once(log.events));
    expect(problems.map(({ what, projection }) => [what, projection])).toEqual([['PROJECTION_STOPPED', 'one']]);
    expect(projector.status().projections.map(({ position }) => position)).toEqual(['00000002', '00000004']);
  });
});
