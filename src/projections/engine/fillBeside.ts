import { existsSync, rmSync } from 'node:fs';
import type { EventStore, LogPosition } from '../../eventstore/eventStore';
import { ReadModelDatabase } from './database';
import { drive } from './drive';
import { takeTables, UNFINISHED } from './files';
import { ProjectionFill } from './fill';
import type { Projection } from './projection';

/** What another thread fills. */
export interface PartToFill {
  readonly storeId: string;
  /** Position of the last event to apply. */
  readonly until: LogPosition;
  /** Path of the file that the thread fills. */
  readonly file: string;
}

/** Another thread that fills some of the projections. */
export interface FillThread {
  /** Resolves when the part is filled. Rejects when the thread has failed. */
  readonly filled: Promise<void>;
  /** Moves the filled tables into another file, which nobody has open. Rejects when the thread has failed. */
  moveInto(file: string): Promise<void>;
  /** Ends the thread. It may be called more than once. */
  stop(): Promise<void>;
}

/** Starts other threads to fill read models. */
export interface FillBeside {
  /** The projections that another thread fills. */
  readonly projections: readonly Projection[];
  /** Starts a thread; null when the log is too short for that, or the machine has one core. */
  start(part: PartToFill): FillThread | null;
}

/** The file of the part that another thread fills. */
export const besideFile = (file: string): string => `${file}${UNFINISHED}.beside`;

/** Fills a file with the tables of some projections, in the thread that calls it. An existing file is replaced. @throws StoreUnavailable; Error when the file cannot be written. */
export async function fillPart(store: Pick<EventStore, 'readAll'>, projections: readonly Projection[], { storeId, until, file }: PartToFill): Promise<void> {
  rmSync(file, { force: true });
  const database = ReadModelDatabase.openScratch(file);
  try {
    await drive(store.readAll(), new ProjectionFill(database, projections, storeId), { until });
  } finally {
    database.close();
  }
}

/** Moves the tables of a part into a file, and removes the file of the part. @throws Error when a file cannot be read or written. */
export function movePart(part: string, file: string): void {
  if (!existsSync(part)) throw new Error(`${part} is missing.`);
  const database = ReadModelDatabase.openScratch(file, { create: false });
  try {
    takeTables(database, part);
  } finally {
    database.close();
  }
  rmSync(part);
}
