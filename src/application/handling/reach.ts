import { type StoreReach, StoreUnavailable } from '../../eventstore/eventStore';

/**
 * Runs work that another answer can replace, and gives up as soon as the store is known to be away, however long its retries would take.
 * @throws StoreUnavailable then, and what `work` throws.
 */
export async function unlessAway<T>(reach: StoreReach, work: () => Promise<T>): Promise<T> {
  if (reach.isAway) throw away();
  let stop = (): void => undefined;
  const leaving = new Promise<never>((_, reject) => {
    stop = reach.onAway(() => { reject(away()); });
  });
  try {
    return await Promise.race([work(), leaving]);
  } finally {
    stop();
  }
}

const away = (): StoreUnavailable => new StoreUnavailable('the event store does not answer');
