import { EventEmitter, once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { distanceOf, type LogPosition, START } from '../../eventstore/eventStore';
import { filledBehind, filledBeside } from '../../projections/allProjections';
import type { FillThread, FillThreads, PartToFill } from '../../projections/engine/fillReadModels';
import type { LogWithKeys } from '../stores';

/** What the other thread is started with. */
export interface FillThreadData {
  readonly place: LogWithKeys;
  readonly part: PartToFill;
}

/** What the other thread is asked to do when its part is filled. */
export interface CopyRequest {
  readonly from: string;
  readonly into: string;
}

/** What the other thread says: how far it is, or that it has done what it was asked to. */
export type FillThreadMessage = { readonly position: LogPosition } | 'done';

/** A shorter log is filled before a thread has loaded its modules. The position is the number of events, or bytes with EventStoreDB. */
const SHORTEST_LOG = 20_000;

/** Fills read models with other threads, where the log is long enough. */
export function fillThreadsOver({ dataDir, eventStoreUrl, secretKey, secretKeyPrevious }: LogWithKeys, failed: (error: unknown) => void): FillThreads {
  const place = { dataDir, eventStoreUrl, secretKey, secretKeyPrevious };
  return {
    beside: filledBeside,
    behind: filledBehind,
    pays: (until) => distanceOf(until) >= SHORTEST_LOG,
    isParallel: availableParallelism() > 1,
    start: (part) => threadOf({ place, part }),
    failed,
  };
}

function threadOf(workerData: FillThreadData): FillThread {
  const worker = new Worker(join(__dirname, 'fillWorker.js'), { workerData });
  const failed = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => { reject(new Error(`The thread that fills read models ended with code ${code}.`)); });
  });
  let position = START;
  const answers = new EventEmitter();
  worker.on('message', (message: FillThreadMessage) => {
    if (message === 'done') answers.emit(message);
    else ({ position } = message);
  });
  // Each answer is to the request before.
  const answered = async (): Promise<void> => { await Promise.race([once(answers, 'done'), failed]); };
  const filled = answered();
  for (const promise of [filled, failed]) promise.catch(() => undefined);
  return {
    filled,
    get position() { return position; },
    async copy(from, into) {
      worker.postMessage({ from, into } satisfies CopyRequest);
      await answered();
    },
    async stop() {
      await worker.terminate();
    },
  };
}
