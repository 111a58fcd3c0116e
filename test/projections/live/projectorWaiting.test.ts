import type { ProjectorProblem } from '../../../src/projections/live/projector';
import { logOf, once, openDatabase, projectorOf, seenBy, SOON } from '../givenProjector';
import { ScriptedEventStore } from '../scriptedEventStore';

describe('waiting for a position', () => {
  it('lasts exactly as long as a pause', async () => {
    const log = logOf(['a']);
    const store = new ScriptedEventStore(log.events);
    const database = openDatabase();
    const projector = projectorOf({ store, database });
    projector.start();
    expect(await projector.waitFor('00000001', SOON)).toBe(true);
    projector.pause();
    log.add('app-gx624', 'b', {}, undefined, 1);
    store.announce();
    expect(await projector.waitFor('00000002', 1)).toBe(false);
    expect(projector.position()).toBe('00000001');
    const waiting = projector.waitFor('00000002', SOON);
    projector.resume();
    expect(await waiting).toBe(true);
    expect(seenBy(database, 'one')).toEqual(once(log.events));
  });

  it('returns at once for a position already reached and for a timeout of 0', async () => {
    const projector = projectorOf({ store: new ScriptedEventStore([]), database: openDatabase() });
    expect(await projector.waitFor('', 0)).toBe(true);
    expect(await projector.waitFor('1', 0)).toBe(false);
  });

  it('is limited to a number of callers: one more gets false at once', async () => {
    const log = logOf(['a']);
    const store = new ScriptedEventStore(log.events);
    const projector = projectorOf({ store, database: openDatabase(), maxWaiters: 2 });
    const waiting = [projector.waitFor('00000001', SOON), projector.waitFor('00000001', SOON)];
    expect(await projector.waitFor('00000001', 60_000)).toBe(false);
    projector.start();
    expect(await Promise.all(waiting)).toEqual([true, true]);
  });

  it('ends when the projector stops, even during a pause', async () => {
    const log = logOf(['a']);
    const projector = projectorOf({ store: new ScriptedEventStore(log.events), database: openDatabase() });
    projector.pause();
    projector.start();
    const waiting = projector.waitFor('00000001', 60_000);
    await projector.stop();
    expect(await waiting).toBe(false);
    expect(projector.position()).toBe('');
  });
});

describe('listeners', () => {
  it('are called after a commit until they are removed; one that throws does not affect others', async () => {
    const log = logOf(['a', 'b']);
    const store = new ScriptedEventStore(log.events);
    const database = openDatabase();
    const problems: ProjectorProblem[] = [];
    const projector = projectorOf({ store, database, report: (problem) => problems.push(problem) });
    const heard: string[] = [];
    projector.onApplied(() => { throw new Error('not listening'); });
    const stop = projector.onApplied(({ events, position }) => {
      expect(seenBy(database, 'two')).toHaveLength(events.length);
      heard.push(...events.map(({ type }) => type), position);
    });
    projector.start();
    expect(await projector.waitFor('00000002', SOON)).toBe(true);
    stop();
    log.add('app-gx624', 'c', {}, undefined, 1);
    store.announce();
    expect(await projector.waitFor('00000003', SOON)).toBe(true);
    expect(heard).toEqual(['a', 'b', '00000002']);
    expect(problems.map(({ what, message }) => [what, message])).toEqual([['LISTENER_FAILED', 'not listening'], ['LISTENER_FAILED', 'not listening']]);
  });
});
