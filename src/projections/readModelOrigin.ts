import { START, type LogPosition } from '../eventstore/eventStore';
import type { ReadModelDatabase } from './readModelDatabase';

/** Which log the read models were filled from, and what they have seen of it. */
export interface ReadModelOrigin {
  /** empty while it is not known. */
  readonly storeId: string;
  /** the greatest checkpoint. */
  readonly position: LogPosition;
}

const NOWHERE: ReadModelOrigin = { storeId: '', position: START };

/** Where the read models of a file come from; nowhere for a new file. */
export function originOf(database: ReadModelDatabase): ReadModelOrigin {
  if (!hasCheckpoints(database)) return NOWHERE;
  return database.get<ReadModelOrigin>('SELECT store_id AS storeId, position FROM projection_checkpoints ORDER BY position DESC LIMIT 1') ?? NOWHERE;
}

/** Says which log the read models belong to; for ones that have seen nothing yet, or shall be filled again by the next projector. */
export function setOrigin(database: ReadModelDatabase, storeId: string): void {
  if (hasCheckpoints(database)) database.run('UPDATE projection_checkpoints SET store_id = ?', [storeId]);
}

/** How many erasures of people had been before the read models began to be filled. */
export function erasuresSeen(database: ReadModelDatabase): number {
  return database.get<{ readonly user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** @param erasures a whole number. */
export function setErasuresSeen(database: ReadModelDatabase, erasures: number): void {
  database.execute(`PRAGMA user_version = ${erasures}`);
}

function hasCheckpoints(database: ReadModelDatabase): boolean {
  return database.get("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'projection_checkpoints'") !== undefined;
}
