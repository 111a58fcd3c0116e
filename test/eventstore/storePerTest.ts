import type { EventStore } from '../../src/eventstore/eventStore';

/** A store for one test. Its log may hold other events already; the tests use streams of their own. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** Closes the store and opens the same log again. */
  readonly reopen?: () => Promise<EventStore>;
  dispose(): Promise<void>;
}

export type MakeStore = () => Promise<StoreUnderTest>;

/** The store of the current test, created before it and closed after it. */
export function storePerTest(makeStore: MakeStore): () => StoreUnderTest {
  let current: StoreUnderTest | null = null;
  beforeEach(async () => {
    current = await makeStore();
  });
  afterEach(async () => {
    await current?.dispose();
    current = null;
  });
  return () => {
    if (current === null) throw new Error('there is a store inside a test only');
    return current;
  };
}
