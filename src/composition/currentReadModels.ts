import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config';
import { headOf, type LogPosition } from '../eventstore/eventStore';
import { TemporaryDirectory } from '../files/temporaryDirectory';
import { ReadModelDatabase } from '../projections/engine/database';
import { fillReadModels } from '../projections/engine/fillReadModels';
import { checkpointsOf, erasuresSeen, ReadModelFiles } from '../projections/engine/files';
import { whenUnlocked } from '../projections/engine/locks';
import type { Projection } from '../projections/engine/projection';
import { withProgress } from './readingProgress';
import { openLogToRead, openNames } from './stores';

/** Read models that hold every event that was in the log when they were opened. */
interface CurrentReadModels {
  readonly database: ReadModelDatabase;
  close(): void;
}

/** How long read models that are behind may take to catch up, when a service is running, and how often that is looked at, in milliseconds. */
const CATCH_UP_MS = 2_000;
const LOOK_MS = 100;

/**
 * Opens a snapshot of the live read models where they hold everything that is in the log; otherwise, such as while no service runs or another version of it does,
 * read models that are filled from the log in a temporary directory, which is told on standard error.
 * @throws Error when the people in the log cannot be read, or a row does not fit.
 */
export async function openCurrentReadModels(config: Config, projections: readonly Projection[]): Promise<CurrentReadModels> {
  const { store, storeId } = await openLogToRead(config);
  const names = await openNames(store, config);
  try {
    const position = await headOf(store);
    const wanted: Wanted = { projections, storeId, position, erasures: (await names.erasures()) ?? 0 };
    const giveUpAt = performance.now() + CATCH_UP_MS;
    let live = await openLive(config.dataDir, wanted);
    while (live === 'behind' && performance.now() < giveUpAt) {
      await pause(LOOK_MS);
      live = await openLive(config.dataDir, wanted);
    }
    if (live instanceof ReadModelDatabase) {
      const database = live;
      return { database, close: () => { database.close(); } };
    }
    return await fill({ readAll: () => withProgress('The read models are not up to date: filling others from the log', names.readAll(), position) }, wanted);
  } finally {
    await names.close();
    await store.close();
  }
}

/** What read models must hold. */
interface Wanted {
  readonly projections: readonly Projection[];
  readonly storeId: string;
  readonly position: LogPosition;
  readonly erasures: number;
}

/** Opens the live read models; null when there are none of this version and log. */
async function openLive(dataDir: string, wanted: Wanted): Promise<ReadModelDatabase | 'behind' | null> {
  const { live } = new ReadModelFiles(dataDir);
  if (!existsSync(live)) return null;
  const database = await whenUnlocked(() => ReadModelDatabase.openSnapshot(live));
  const state = stateOf(database, wanted);
  if (state === 'current') return database;
  database.close();
  return state === 'behind' ? state : null;
}

function stateOf(database: ReadModelDatabase, { projections, storeId, position, erasures }: Wanted): 'current' | 'behind' | 'other' {
  const checkpoints = checkpointsOf(database);
  const found = projections.map((projection) => {
    const checkpoint = checkpoints.get(projection.name);
    return checkpoint?.version === projection.version && checkpoint.storeId === storeId ? checkpoint.position : null;
  });
  if (found.includes(null) || erasuresSeen(database) !== erasures) return 'other';
  return found.every((reached) => reached !== null && reached >= position) ? 'current' : 'behind';
}

async function fill(store: Parameters<typeof fillReadModels>[0]['store'], wanted: Wanted): Promise<CurrentReadModels> {
  const directory = new TemporaryDirectory('access');
  try {
    const { projections, storeId, position, erasures } = wanted;
    const file = directory.file('readmodels.db');
    await fillReadModels({ store, storeId, projections, erasures, file, until: position }, new AbortController().signal);
    const database = ReadModelDatabase.openSnapshot(file);
    // A projection that could not be filled is left out, and its tables are empty.
    if (stateOf(database, wanted) !== 'current') {
      database.close();
      throw new Error('The log cannot be read into read models. The keys of people (keys.db and SECRET_KEY) may be missing; "npm run cli -- replay" says more.');
    }
    return {
      database,
      close: () => {
        database.close();
        directory.remove();
      },
    };
  } catch (error) {
    directory.remove();
    throw error;
  }
}
