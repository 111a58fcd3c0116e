import { NO_STREAM, START, type StoredEvent } from '../../src/eventstore/eventStore';
import { collect, endOf, idsOf, newStream, sampleEvent, sampleEvents } from './sampleEvents';
import { storePerTest, type MakeStore } from './storePerTest';

/** More than two pages of any adapter. */
const MANY = 1203;

const revisionsOf = async (events: AsyncIterable<StoredEvent>): Promise<number[]> => (await collect(events)).map((event) => event.revision);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

export function readContract(makeStore: MakeStore): void {
  const current = storePerTest(makeStore);

  const withManyEvents = async (): Promise<string> => {
    const stream = newStream();
    await current().store.append(stream, sampleEvents(700), NO_STREAM);
    await current().store.append(newStream(), sampleEvents(1), NO_STREAM);
    await current().store.append(stream, sampleEvents(MANY - 700), 699);
    return stream;
  };

  describe('readStream', () => {
    it('returns nothing for a stream that does not exist', async () => {
      expect(await collect(current().store.readStream(newStream()))).toEqual([]);
    });

    it('returns all revisions in order, and backwards, over many pages', async () => {
      const stream = await withManyEvents();
      const { store } = current();
      expect(await revisionsOf(store.readStream(stream))).toEqual(range(0, MANY - 1));
      expect(await revisionsOf(store.readStream(stream, { backwards: true }))).toEqual(range(0, MANY - 1).reverse());
    });

    it('begins at a revision and ends after a count', async () => {
      const stream = await withManyEvents();
      const { store } = current();
      expect(await revisionsOf(store.readStream(stream, { fromRevision: MANY - 3 }))).toEqual(range(MANY - 3, MANY - 1));
      expect(await revisionsOf(store.readStream(stream, { fromRevision: 5, maxCount: 2 }))).toEqual([5, 6]);
      expect(await revisionsOf(store.readStream(stream, { fromRevision: 5, maxCount: 2, backwards: true }))).toEqual([5, 4]);
      expect(await revisionsOf(store.readStream(stream, { maxCount: 1, backwards: true }))).toEqual([MANY - 1]);
      expect(await revisionsOf(store.readStream(stream, { fromRevision: 1, backwards: true }))).toEqual([1, 0]);
      expect(await revisionsOf(store.readStream(stream, { maxCount: 1001 }))).toEqual(range(0, 1000));
      expect(await revisionsOf(store.readStream(stream, { fromRevision: MANY }))).toEqual([]);
      expect(await revisionsOf(store.readStream(stream, { maxCount: 0 }))).toEqual([]);
    });

    it('lets its reader stop before the end', async () => {
      const stream = await withManyEvents();
      const seen: number[] = [];
      for await (const event of current().store.readStream(stream)) {
        seen.push(event.revision);
        if (seen.length === 3) break;
      }
      expect(seen).toEqual([0, 1, 2]);
    });

    it.each([{ fromRevision: -1 }, { fromRevision: 1.5 }, { maxCount: -1 }, { maxCount: NaN }])('refuses %j', async (options) => {
      const read = async (): Promise<unknown> => await collect(current().store.readStream(newStream(), options));
      await expect(read()).rejects.toThrow(RangeError);
    });
  });

  describe('readAll', () => {
    it('returns the log in the order of positions, which is the order of their text', async () => {
      const { store } = current();
      const after = (await endOf(store)) ?? START;
      const streams = [newStream(), newStream(), newStream()];
      for (const revision of range(-1, 8)) await Promise.all(streams.map((stream) => store.append(stream, [sampleEvent()], revision)));
      const events = await collect(store.readAll({ after }));
      const positions = events.map((event) => event.position);
      expect(events).toHaveLength(30);
      expect([...positions].sort()).toEqual(positions);
      expect(new Set(positions).size).toBe(30);
      expect(positions.every((position) => position > after)).toBe(true);
      for (const stream of streams) {
        expect(events.filter((event) => event.stream === stream).map((event) => event.revision)).toEqual(range(0, 9));
      }
    });

    it('returns the same events backwards, from the end or before a position', async () => {
      const { store } = current();
      const after = (await endOf(store)) ?? START;
      await withManyEvents();
      const ids = await idsOf(store.readAll({ after }));
      const newestFirst = [...ids].reverse();
      const events = await collect(store.readAll({ after }));
      expect(ids).toHaveLength(MANY + 1);
      expect(await idsOf(store.readAll({ backwards: true, maxCount: ids.length }))).toEqual(newestFirst);
      const middle = events[900]?.position ?? '';
      expect(await idsOf(store.readAll({ after: middle }))).toEqual(ids.slice(901));
      expect(await idsOf(store.readAll({ after: middle, maxCount: 900, backwards: true }))).toEqual(ids.slice(0, 900).reverse());
    });

    it('ends after a count', async () => {
      const { store } = current();
      const after = (await endOf(store)) ?? START;
      await withManyEvents();
      const ids = await idsOf(store.readAll({ after }));
      expect(await idsOf(store.readAll({ after, maxCount: 501 }))).toEqual(ids.slice(0, 501));
      expect(await idsOf(store.readAll({ after, maxCount: 0 }))).toEqual([]);
      expect(await idsOf(store.readAll({ after: (await endOf(store)) ?? START }))).toEqual([]);
    });

    it('returns the same events as the streams do', async () => {
      const { store } = current();
      const after = (await endOf(store)) ?? START;
      const stream = newStream();
      await store.append(stream, sampleEvents(5), NO_STREAM);
      expect(await collect(store.readAll({ after }))).toEqual(await collect(store.readStream(stream)));
    });

    it('refuses an invalid position', async () => {
      const read = async (): Promise<unknown> => await collect(current().store.readAll({ after: 'somewhere' }));
      await expect(read()).rejects.toThrow(RangeError);
    });
  });
}
