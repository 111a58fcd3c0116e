import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { filledBehind, filledBeside, liveProjections } from '../../../src/projections/allProjections';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { checkpointsOf } from '../../../src/projections/engine/files';
import { copyTables, fillPart, fillReadModels, type FillThreads, type PartToFill } from '../../../src/projections/engine/fillReadModels';
import { AppLife } from '../../../bench/appLife';
import { LogWriter } from '../../../bench/generatedLog';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { headOf } from '../../../src/eventstore/eventStore';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { databaseFile, openDatabase } from '../givenProjector';
import { contentOf } from '../projectedTables';

const directory = temporaryDirectory();
const store = EmbeddedEventStore.open(directory.path);

beforeAll(async () => {
  const writer = new LogWriter(store);
  const life = new AppLife('gx624', { begin: Date.UTC(2030, 0, 1), minutesBetweenSteps: 60 });
  await writer.add(life.register());
  while (writer.events < 500) await writer.add(life.step());
  await writer.flush();
});
afterAll(async () => {
  await store.close();
  directory.remove();
});

/** Work of another thread, done in this one. */
const threadsWith = (work: Partial<{ fill: (part: PartToFill) => Promise<void>; copy: (from: string, into: string) => void }> = {}) => {
  const told: unknown[] = [];
  let stopped = 0;
  const threads: FillThreads = {
    beside: filledBeside,
    behind: filledBehind,
    pays: () => true,
    isParallel: true,
    failed: (error) => { told.push(error); },
    start: (part) => ({
      filled: (work.fill ?? ((given) => fillPart(store, liveProjections, given)))(part),
      position: '',
      copy: async (from, into) => { await Promise.resolve(); (work.copy ?? copyTables)(from, into); },
      stop: () => Promise.resolve(void (stopped += 1)),
    }),
  };
  return { threads, told, stops: () => stopped };
};

async function filled(file: string, threads: FillThreads | null, signal = new AbortController().signal): Promise<boolean> {
  return fillReadModels({ store, storeId: 'log', erasures: 3, projections: liveProjections, file, until: await headOf(store), threads }, signal);
}

/** Rows, definitions and checkpoints of a file of read models. */
function everythingIn(file: string): unknown {
  const database = openDatabase(file);
  const definitions = database.all('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name');
  return { rows: contentOf(database, liveProjections), definitions, checkpoints: [...checkpointsOf(database)].sort(), erasures: database.get('PRAGMA user_version') };
}

const filesBeside = (file: string): readonly string[] => readdirSync(dirname(file));

describe('read models that two threads fill', () => {
  let expected: unknown;
  beforeAll(async () => {
    const alone = temporaryDirectory();
    expect(await filled(`${alone.path}/readmodels.db`, null)).toBe(true);
    const database = ReadModelDatabase.open(`${alone.path}/readmodels.db`);
    expected = { rows: contentOf(database, liveProjections), definitions: database.all('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name'), checkpoints: [...checkpointsOf(database)].sort(), erasures: database.get('PRAGMA user_version') };
    database.close();
    alone.remove();
  });

  it('are those that one thread fills', async () => {
    const file = databaseFile();
    const { threads, told, stops } = threadsWith();
    expect(await filled(file, threads)).toBe(true);
    expect(filesBeside(file)).toEqual(['readmodels.db']);
    expect(everythingIn(file)).toEqual(expected);
    expect([told, stops()]).toEqual([[], 1]);
  });

  it.each([
    ['while it fills', { fill: () => Promise.reject(new Error('out of memory')) }],
    ['before it has copied its part', { copy: () => { throw new Error('out of memory'); } }],
    ['after it has copied its part', { copy: (from: string, into: string) => { copyTables(from, into); throw new Error('out of memory'); } }],
  ])('are filled by one when the other fails %s', async (_when, work) => {
    const file = databaseFile();
    const { threads, told, stops } = threadsWith(work);
    expect(await filled(file, threads)).toBe(true);
    expect(filesBeside(file)).toEqual(['readmodels.db']);
    expect(everythingIn(file)).toEqual(expected);
    expect([told, stops()]).toEqual([[new Error('out of memory')], 1]);
  });

  it('are left out when the fill is stopped, and so is the other thread', async () => {
    const file = databaseFile();
    const stopping = new AbortController();
    const { threads, told, stops } = threadsWith({
      fill: () => new Promise((_, reject) => {
        stopping.signal.addEventListener('abort', () => { reject(new Error('ended')); });
        setImmediate(() => { stopping.abort(); });
      }),
    });
    expect(await filled(file, threads, stopping.signal)).toBe(false);
    expect(filesBeside(file)).toEqual([]);
    expect(told).toEqual([]);
    expect(stops()).toBeGreaterThan(0);
  });
});
