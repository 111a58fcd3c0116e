import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { parsePosition } from '../../eventstore/eventStore';
import { projectionsFilledBeside } from '../../projections/allProjections';
import type { FillBeside, FillThread, PartToFill } from '../../projections/engine/fillReadModels';
import type { LogWithKeys } from '../stores';

/** What the other thread is started with. */
export interface FillThreadData {
  readonly place: LogWithKeys;
  readonly part: PartToFill;
}

/** A shorter log is filled before a thread has loaded its modules. The position is the number of events, or bytes with EventStoreDB. */
const SHORTEST_LOG = 20_000;

/** Fills read models with another thread, where the machine has a core for it and the log is long enough. */
export function fillBesideOver({ dataDir, eventStoreUrl, secretKey, secretKeyPrevious }: LogWithKeys, failed: (error: unknown) => void): FillBeside {
  const place = { dataDir, eventStoreUrl, secretKey, secretKeyPrevious };
  return {
    projections: projectionsFilledBeside,
    start: (part) => (availableParallelism() > 1 && parsePosition(part.until) >= SHORTEST_LOG ? threadOf({ place, part }) : null),
    failed,
  };
}

function threadOf(workerData: FillThreadData): FillThread {
  const worker = new Worker(join(__dirname, 'fillWorker.js'), { workerData });
  const failed = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => { reject(new Error(`The thread that fills read models ended with code ${code}.`)); });
  });
  // Each message is the answer to the one before.
  const answered = async (): Promise<void> => { await Promise.race([once(worker, 'message'), failed]); };
  const filled = answered();
  for (const promise of [filled, failed]) promise.catch(() => undefined);
  return {
    filled,
    async moveInto(file) {
      worker.postMessage(file);
      await answered();
    },
    async stop() {
      await worker.terminate();
    },
  };
}
