import { NO_STREAM, START, StoreUnavailable, type EventBatch, type EventStore } from '../../src/eventstore/eventStore';
import { endOf, idsOf, newStream, sampleEvent, sampleEvents } from './sampleEvents';
import { storePerTest, type MakeStore } from './storePerTest';

/** Reads batches until `enough` says so, and gives them; ends the subscription. */
async function batchesUntil(store: EventStore, after: string, enough: (batches: readonly EventBatch[]) => boolean): Promise<EventBatch[]> {
  const stop = new AbortController();
  const batches: EventBatch[] = [];
  for await (const batch of store.subscribeAll(after, stop.signal)) {
    batches.push(batch);
    if (enough(batches)) stop.abort();
  }
  return batches;
}

const eventCount = (batches: readonly EventBatch[]): number => batches.reduce((sum, batch) => sum + batch.events.length, 0);
const idsIn = (batches: readonly EventBatch[]): string[] => batches.flatMap((batch) => batch.events.map((event) => event.id));

export function subscriptionContract(makeStore: MakeStore): void {
  const current = storePerTest(makeStore);

  describe('subscribeAll', () => {
    it('reports that it has caught up when there are no events', async () => {
      const { store } = current();
      const after = (await endOf(store)) ?? START;
      const batches = await batchesUntil(store, after, () => true);
      expect(batches).toEqual([{ events: [], caughtUp: true }]);
    });

    it('catches up from a position, in order, and reports when it has', async () => {
      const { store } = current();
      const stream = newStream();
      const { position } = await store.append(stream, sampleEvents(3), NO_STREAM);
      await store.append(stream, sampleEvents(1000), 2);
      await store.append(stream, sampleEvents(500), 1002);
      const batches = await batchesUntil(store, position, (all) => all.at(-1)?.caughtUp === true);
      expect(idsIn(batches)).toEqual(await idsOf(store.readAll({ after: position })));
      expect(eventCount(batches)).toBe(1500);
      expect(batches.slice(0, -1).every((batch) => !batch.caughtUp && batch.events.length > 0)).toBe(true);
    });

    it('continues with live events', async () => {
      const { store } = current();
      const stream = newStream();
      const after = (await endOf(store)) ?? START;
      const seen = batchesUntil(store, after, (all) => eventCount(all) >= 3);
      const first = await store.append(stream, sampleEvents(2), NO_STREAM);
      await store.append(stream, [sampleEvent()], first.revision);
      expect(idsIn(await seen)).toEqual(await idsOf(store.readStream(stream)));
    });

    it('has no gaps and no duplicates while many writers append', async () => {
      const { store } = current();
      const after = (await endOf(store)) ?? START;
      const total = 40 * 30 * 2;
      const append = async (): Promise<void> => {
        const stream = newStream();
        let revision = NO_STREAM;
        for (let round = 0; round < 30; round += 1) ({ revision } = await store.append(stream, sampleEvents(2), revision));
      };
      const writers = Array.from({ length: 40 }, append);
      const subscriptions = Array.from({ length: 3 }, () => batchesUntil(store, after, (all) => eventCount(all) >= total));
      await Promise.all(writers);
      const ids = await idsOf(store.readAll({ after }));
      expect(ids).toHaveLength(total);
      for (const batches of await Promise.all(subscriptions)) expect(idsIn(batches)).toEqual(ids);
    });

    it('waits for a slow reader without losing anything', async () => {
      const { store } = current();
      const stream = newStream();
      const after = (await endOf(store)) ?? START;
      const stop = new AbortController();
      const seen: string[] = [];
      let revision = NO_STREAM;
      for await (const { events } of store.subscribeAll(after, stop.signal)) {
        seen.push(...events.map((event) => event.id));
        if (seen.length >= 21) stop.abort();
        else if (revision < 20) ({ revision } = await store.append(stream, sampleEvents(3), revision));
      }
      expect(seen).toEqual(await idsOf(store.readStream(stream)));
    });

    it('ends without error when it is aborted while it waits', async () => {
      const { store } = current();
      const after = (await endOf(store)) ?? START;
      const stop = new AbortController();
      const batches = store.subscribeAll(after, stop.signal)[Symbol.asyncIterator]();
      expect((await batches.next()).value).toEqual({ events: [], caughtUp: true });
      const next = batches.next();
      stop.abort();
      expect(await next).toEqual({ done: true, value: undefined });
    });

    it('returns nothing when it was aborted before it began', async () => {
      const { store } = current();
      await store.append(newStream(), [sampleEvent()], NO_STREAM);
      const batches = store.subscribeAll(START, AbortSignal.abort())[Symbol.asyncIterator]();
      expect(await batches.next()).toEqual({ done: true, value: undefined });
    });

    it('ends with StoreUnavailable when the store is closed', async () => {
      const { store } = current();
      const after = (await endOf(store)) ?? START;
      const batches = store.subscribeAll(after, new AbortController().signal)[Symbol.asyncIterator]();
      await batches.next();
      const next = batches.next();
      await store.close();
      await expect(next).rejects.toThrow(StoreUnavailable);
    });

    it('refuses an invalid position', async () => {
      const batches = current().store.subscribeAll('somewhere', new AbortController().signal)[Symbol.asyncIterator]();
      await expect(batches.next()).rejects.toThrow(RangeError);
    });
  });
}
