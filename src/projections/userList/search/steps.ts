import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReadModelDatabase } from '../../engine/database';
import { whenUnlocked } from '../../engine/locks';

/** How long, in ms, a reading goes on before other work gets a turn. */
const TURN_MS = 8;

/** Attempts to read an app that changes meanwhile, before a snapshot is read. */
const ATTEMPTS = 2;

/** A reading that yields after each of its steps, none of which takes long. */
export type Reading<T> = Generator<void, T, undefined>;

/** Milliseconds of a reading, without what ran in between. */
export interface Work {
  ms: number;
}

const works = new WeakMap<Promise<unknown>, Work>();

/** Remembers what the reading behind a promise takes. */
export function withWork<T>(promise: Promise<T>, work: Work | undefined): Promise<T> {
  if (work) works.set(promise, work);
  return promise;
}

/** Returns what the reading behind a promise has taken so far; undefined when it was not measured. */
export const workOf = (promise: Promise<unknown>): Work | undefined => works.get(promise);

/**
 * Runs a reading about one app step by step, and lets other work in between. The result is that of one moment: if rows of the
 * app change meanwhile, the reading starts again, the last time in a snapshot.
 * @param work gets the time of the steps.
 */
export function readInSteps<T>(database: ReadModelDatabase, appId: string, start: (database: ReadModelDatabase) => Reading<T>, work: Work = { ms: 0 }): Promise<T> {
  return withWork(readOfOneMoment(database, appId, start, work), work);
}

async function readOfOneMoment<T>(database: ReadModelDatabase, appId: string, start: (database: ReadModelDatabase) => Reading<T>, work: Work): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const version = database.versionOf(appId);
    const done = await run(start(database), work, () => database.versionOf(appId) === version);
    if (done) return done.result;
  }
  const snapshot = await whenUnlocked(() => database.snapshot());
  if (!snapshot) return atOnce(start(database));
  try {
    const done = await run(start(snapshot), work, () => true);
    return done ? done.result : atOnce(start(database));
  } finally {
    snapshot.close();
  }
}

/** Runs a reading as long as `isCurrent` holds. @returns undefined when it held no longer. */
async function run<T>(reading: Reading<T>, work: Work, isCurrent: () => boolean): Promise<{ readonly result: T } | undefined> {
  for (;;) {
    const done = turnOf(reading, work);
    if (done) return done;
    await ownTurn();
    if (!isCurrent()) return undefined;
  }
}

let lastTurn: Promise<void> = Promise.resolve();

/** Waits for a turn of the event loop in which no other reading takes steps: a turn is not to grow with the number of searches. */
function ownTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => nextTurn());
  return lastTurn;
}

/** Runs the steps of one turn. @returns undefined when there are more. */
function turnOf<T>(reading: Reading<T>, work: Work): { readonly result: T } | undefined {
  const begun = performance.now();
  try {
    for (;;) {
      const step = reading.next();
      if (step.done === true) return { result: step.value };
      if (performance.now() - begun >= TURN_MS) return undefined;
    }
  } finally {
    work.ms += performance.now() - begun;
  }
}

function atOnce<T>(reading: Reading<T>): T {
  for (;;) {
    const step = reading.next();
    if (step.done === true) return step.value;
  }
}
