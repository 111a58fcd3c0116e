import fc from 'fast-check';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { WrongExpectedRevision, type EventStore, type EventToAppend, type StoredEvent } from '../../src/eventstore/eventStore';
import { DryRunEventStore } from '../../src/eventstore/dryRunStore';
import { temporaryDirectory } from '../support/temporaryDirectory';

const event = (number: number): EventToAppend => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  type: 'SomethingHappened',
  schemaVersion: 1,
  occurredAt: '2030-01-01T00:00:00.000Z',
  data: { number },
  metadata: { actorId: 'a', correlationId: 'c', causationId: 'c', commandId: 'd' },
});

type Unplaced = Omit<StoredEvent, 'position'> & { readonly position: undefined };

async function all(events: AsyncIterable<StoredEvent>): Promise<Unplaced[]> {
  const found: Unplaced[] = [];
  for await (const one of events) found.push({ ...one, position: undefined });
  return found;
}

const outcomeOf = async (append: Promise<{ readonly revision: number }>): Promise<unknown> =>
  append.then(({ revision }) => revision, (error: unknown) => (error instanceof WrongExpectedRevision ? error.message : String(error)));

describe('the store of a dry run', () => {
  const streams = fc.constantFrom('one', 'two');
  const appends = fc.array(fc.record({ stream: streams, count: fc.integer({ min: 1, max: 3 }), expected: fc.integer({ min: -1, max: 6 }), again: fc.boolean() }), { maxLength: 12 });

  it('answers and reads like a real store with the same events, and leaves the underlying store unchanged', async () => {
    await fc.assert(fc.asyncProperty(appends, fc.nat(12), fc.nat(8), fc.boolean(), fc.nat(9), async (wishes, before, from, backwards, maxCount) => {
      const [left, right] = [temporaryDirectory(), temporaryDirectory()];
      const [below, real] = [EmbeddedEventStore.open(left.path), EmbeddedEventStore.open(right.path)];
      const dryRun = new DryRunEventStore(below);
      let next = 0;
      const perform = async (store: EventStore, index: number): Promise<unknown> => {
        // Sent again, an append is the one before, whole.
        const sent = wishes[index]!.again && index > 0 ? index - 1 : index;
        const { stream, count, expected } = wishes[sent]!;
        const first = sent * 3 + 1;
        return outcomeOf(store.append(stream, Array.from({ length: count }, (_, offset) => event(first + offset)), expected));
      };
      for (; next < Math.min(before, wishes.length); next += 1) expect(await perform(below, next)).toEqual(await perform(real, next));
      const untouched = await all(below.readAll());
      for (; next < wishes.length; next += 1) {
        expect(await perform(dryRun, next)).toEqual(await perform(real, next));
      }
      for (const stream of ['one', 'two']) {
        expect(await all(dryRun.readStream(stream))).toEqual(await all(real.readStream(stream)));
        expect(await all(dryRun.readStream(stream, { fromRevision: from, backwards, maxCount }))).toEqual(await all(real.readStream(stream, { fromRevision: from, backwards, maxCount })));
      }
      expect(await all(dryRun.readAll())).toEqual(await all(real.readAll()));
      expect(await all(dryRun.readAll({ backwards, maxCount }))).toEqual(await all(real.readAll({ backwards, maxCount })));
      expect(await all(below.readAll())).toEqual(untouched);
      expect(dryRun.appended.map(({ id }) => id)).toEqual((await all(real.readAll())).slice(untouched.length).map(({ id }) => id));
      await Promise.all([below.close(), real.close()]);
      left.remove();
      right.remove();
    }), { numRuns: 40 });
  });

  it('gives positions after those of the underlying store, and before its later ones', async () => {
    const directory = temporaryDirectory();
    const below = EmbeddedEventStore.open(directory.path);
    const { position } = await below.append('one', [event(1)], -1);
    const dryRun = new DryRunEventStore(below);
    const result = await dryRun.append('one', [event(2), event(3)], 0);
    const later = await below.append('two', [event(4)], -1);
    expect([position, ...dryRun.appended.map((one) => one.position), later.position].toSorted()).toEqual([position, dryRun.appended[0]!.position, result.position, later.position]);
    await expect(dryRun.append('three', Array.from({ length: 10_001 }, (_, index) => event(index + 5)), -1)).rejects.toThrow('at most 10000 events');
    await below.close();
    directory.remove();
  });
});
