import { join } from 'node:path';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { versionedTable, type Projection } from '../../src/projections/engine/projection';
import { Projector, type ProjectorOptions } from '../../src/projections/live/projector';
import { ReadModelDatabase } from '../../src/projections/engine/database';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { EventLog } from './eventLog';

/** Time in ms within which everything expected happens. */
export const SOON = 5_000;

/** A projection that records the events it applies and throws on `Poison of <name>`. */
export function memory(name: string, version = 1): Projection {
  const table = versionedTable(name, version, 'seen');
  return {
    name,
    version,
    tables: [{ name: table, columns: { position: 'TEXT NOT NULL', times: 'INTEGER NOT NULL' }, primaryKey: ['position'] }],
    streamPrefixes: ['app-'],
    apply({ type, position }) {
      if (type === `Poison of ${name}`) throw new Error('cannot be swallowed');
      return [{ kind: 'increment', table, key: { position }, by: { times: 1 } }];
    },
  };
}

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Opens a database that is closed after the test. */
export function openDatabase(file = ':memory:'): ReadModelDatabase {
  const database = ReadModelDatabase.open(file);
  closing.push(() => { database.close(); });
  return database;
}

export function databaseFile(): string {
  const directory = temporaryDirectory();
  closing.push(() => { directory.remove(); });
  return join(directory.path, 'readmodels.db');
}

export function projectorOf(options: Partial<ProjectorOptions> & Pick<ProjectorOptions, 'store' | 'database'>): Projector {
  const projector = new Projector({ projections: [memory('one'), memory('two')], retryDelaysMs: [1], ...options });
  closing.push(() => projector.stop());
  return projector;
}

/** A log of events of these types in one app's roster. */
export function logOf(types: readonly string[]): EventLog {
  const log = new EventLog();
  for (const type of types) log.add('app-gx624', type, {}, undefined, 1);
  return log;
}

/** The positions of the events that a `memory` has applied, and how often. */
export const seenBy = (database: ReadModelDatabase, name: string, version = 1): [string, number][] =>
  database
    .all<{ position: string; times: number }>(`SELECT position, times FROM ${versionedTable(name, version, 'seen')} ORDER BY position`)
    .map(({ position, times }) => [position, times]);

export const once = (events: readonly StoredEvent[]): [string, number][] => events.map(({ position }) => [position, 1]);
