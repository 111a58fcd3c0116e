import { parentPort, workerData } from 'node:worker_threads';
import type { LogPosition } from '../../eventstore/eventStore';
import { liveProjections } from '../../projections/allProjections';
import { copyTables, fillPart } from '../../projections/engine/fillReadModels';
import { openLogToRead, openNames } from '../stores';
import { type CopyRequest, type FillThreadData, type FillThreadMessage, STOP } from './fillThread';

/** Between two messages about how far the thread is, in milliseconds. */
const TELL_MS = 250;

/** The thread that fills a part of the read models: it says how far it is and when the part is filled, and then copies tables between files as it is asked to. */
async function main({ place, part, ended }: FillThreadData): Promise<void> {
  parentPort?.on('message', (request: CopyRequest | typeof STOP) => {
    if (request === STOP) {
      Atomics.store(ended, 0, 1);
      Atomics.notify(ended, 0);
      // Ends this thread alone, between two statements.
      process.exit();
    }
    copyTables(request.from, request.into);
    say('done');
  });
  const log = await openLogToRead(place);
  try {
    const names = await openNames(log.store, { ...place, secretKey: keyOf(place.secretKey), secretKeyPrevious: keyOf(place.secretKeyPrevious) });
    await fillPart(names, liveProjections, part, told());
    await names.close();
  } finally {
    await log.store.close();
  }
  say('done');
}

const say = (message: FillThreadMessage): void => { parentPort?.postMessage(message); };

function told(): (position: LogPosition) => void {
  let toldAt = 0;
  return (position) => {
    if (performance.now() < toldAt + TELL_MS) return;
    toldAt = performance.now();
    say({ position });
  };
}

/** A buffer arrives in another thread as an array of its bytes. */
const keyOf = (key: Uint8Array | null): Buffer | null => (key === null ? null : Buffer.from(key));

void main(workerData as FillThreadData);
