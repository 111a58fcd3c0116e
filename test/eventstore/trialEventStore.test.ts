import fc from 'fast-check';
import { EmbeddedEventStore } from '../../src/eventstore/embeddedEventStore';
import { WrongExpectedRevision, type EventStore, type EventToAppend, type StoredEvent } from '../../src/eventstore/eventStore';
import { TrialEventStore } from '../../src/eventstore/trialEventStore';
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

describe('a store for a trial', () => {
  const streams = fc.constantFrom('one', 'two');
  const appends = fc.array(fc.record({ stream: streams, count: fc.integer({ min: 1, max: 3 }), expected: fc.integer({ min: -1, max: 6 }), again: fc.boolean() }), { maxLength: 12 });

  it('answers and reads like a real one that has the same events, and leaves the one below as it was', async () => {
    await fc.assert(fc.asyncProperty(appends, fc.nat(12), fc.nat(8), fc.boolean(), fc.nat(9), async (wishes, before, from, backwards, maxCount) => {
      const [left, right] = [temporaryDirectory(), temporaryDirectory()];
      const [below, real] = [EmbeddedEventStore.open(left.path), EmbeddedEventStore.open(right.path)];
      const trial = new TrialEventStore(below);
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
        expect(await perform(trial, next)).toEqual(await perform(real, next));
      }
      for (const stream of ['one', 'two']) {
        expect(await all(trial.readStream(stream))).toEqual(await all(real.readStream(stream)));
        expect(await all(trial.readStream(stream, { fromRevision: from, backwards, maxCount }))).toEqual(await all(real.readStream(stream, { fromRevision: from, backwards, maxCount })));
      }
      expect(await all(trial.readAll())).toEqual(await all(real.readAll()));
      expect(await all(trial.readAll({ backwards, maxCount }))).toEqual(await all(real.readAll({ backwards, maxCount })));
      expect(await all(below.readAll())).toEqual(untouched);
      expect(trial.appended.map(({ id }) => id)).toEqual((await all(real.readAll())).slice(untouched.length).map(({ id }) => id));
      await Promise.all([below.close(), real.close()]);
      left.remove();
      right.remove();
    }), { numRuns: 40 });
  });

  it('has positions behind those below, and before those that come there', async () => {
    const directory = temporaryDirectory();
    const below = EmbeddedEventStore.open(directory.path);
    const { position } = await below.append('one', [event(1)], -1);
    const trial = new TrialEventStore(below);
    const tried = await trial.append('one', [event(2), event(3)], 0);
    const later = await below.append('two', [event(4)], -1);
    expect([position, ...trial.appended.map((one) => one.position), later.position].toSorted()).toEqual([position, trial.appended[0]!.position, tried.position, later.position]);
    await expect(trial.append('three', Array.from({ length: 10_001 }, (_, index) => event(index + 5)), -1)).rejects.toThrow('at most 10000 events');
    await below.close();
    directory.remove();
  });
});
