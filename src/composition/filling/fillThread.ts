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
  /** One number, which the thread sets to 1 when it has run its last statement. */
  readonly ended: Int32Array;
}

/** What the other thread is asked to do when its part is filled. */
export interface CopyRequest {
  readonly from: string;
  readonly into: string;
}

/** Asks the other thread to end, which it does after the statement that it runs. */
export const STOP = 'stop';

/** What the other thread says: how far it is, or that it has done what it was asked to. */
export type FillThreadMessage = { readonly position: LogPosition } | 'done';

/** A shorter log is filled before a thread has loaded its modules. Positions count events, and with EventStoreDB bytes. */
const SHORTEST_LOG = { events: 20_000, bytes: 10_000_000 } as const;
/** How long the end of the process waits for the statement of a thread, in milliseconds. */
const LONGEST_END_MS = 500;

/** Fills read models with other threads, where the log is long enough. */
export function fillThreadsOver({ dataDir, eventStoreUrl, secretKey, secretKeyPrevious }: LogWithKeys, failed: (error: unknown) => void): FillThreads {
  const place = { dataDir, eventStoreUrl, secretKey, secretKeyPrevious };
  return {
    beside: filledBeside,
    behind: filledBehind,
    pays: (until) => distanceOf(until) >= (eventStoreUrl === null ? SHORTEST_LOG.events : SHORTEST_LOG.bytes),
    isParallel: availableParallelism() > 1,
    start: (part) => threadOf({ place, part, ended: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) }),
    failed,
  };
}

function threadOf(workerData: FillThreadData): FillThread {
  const worker = new Worker(join(__dirname, 'fillWorker.js'), { workerData });
  const failed = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => { reject(new Error(`The thread that fills read models ended with code ${code}.`)); });
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => { resolve(); }));
  endBeforeProcess(worker, workerData.ended);
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
      worker.postMessage(STOP);
      await exited;
    },
  };
}

/** Lets a thread end before the process does. One that is ended from outside in the middle of a statement brings the process down with it. */
function endBeforeProcess(worker: Worker, ended: Int32Array): void {
  const end = (): void => {
    worker.postMessage(STOP);
    Atomics.wait(ended, 0, 0, LONGEST_END_MS);
  };
  process.once('exit', end);
  worker.once('exit', () => process.removeListener('exit', end));
}
