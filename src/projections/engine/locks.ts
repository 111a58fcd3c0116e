import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from '../../eventstore/eventStore';
import { isLocked } from './database';

/** How long a reader waits for another program that has locked the read models, and how often it tries, in milliseconds. */
const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 25;

/** Returns an error that tells clients that another program has locked the read models. */
export const lockedByAnother = (cause: unknown): StoreUnavailable => {
  const message = 'Another program has locked the read models. End that program.';
  return new StoreUnavailable(message, { cause, problem: { what: 'LOCKED', message } });
};

/** Runs `work`, again after a pause while another program has locked the file. @throws StoreUnavailable after five seconds. */
export async function whenUnlocked<T>(work: () => T): Promise<T> {
  for (const giveUpAt = performance.now() + LOCK_WAIT_MS; ;) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (performance.now() >= giveUpAt) throw lockedByAnother(error);
    }
    await pause(LOCK_RETRY_MS);
  }
}
