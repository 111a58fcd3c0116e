import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreUnavailable, WrongExpectedRevision } from '../eventstore/eventStore';

const GIVE_UP_AFTER_MS = 10_000;

/**
 * Runs `attempt` again whenever somebody else was first to append: it must read and decide anew each time. Among those
 * who try at once one succeeds in every round, so all come through.
 * @throws StoreUnavailable after ten seconds of lost races.
 */
export async function untilNoConflict<T>(attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      if (performance.now() > giveUpAt) throw new StoreUnavailable(`${error.stream} is written to by too many at once. Try again.`);
      await nextTurn();
    }
  }
}
