import { appendContract } from './appendContract';
import { readContract } from './readContract';
import type { MakeStore } from './storePerTest';
import { subscriptionContract } from './subscriptionContract';

/** Every promise of the port `EventStore`, as tests that any adapter must pass. */
export function eventStoreContract(name: string, makeStore: MakeStore): void {
  describe(`${name} keeps the contract of an event store`, () => {
    appendContract(makeStore);
    readContract(makeStore);
    subscriptionContract(makeStore);
  });
}
