import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import {
  NO_STREAM,
  StoreUnavailable,
  WrongExpectedRevision,
  type EventToAppend,
  type StoredEvent,
} from '../../src/eventstore/eventStore';
import { collect, idsOf, newStream, rejection, sampleEvent, sampleEvents } from './sampleEvents';
import { storePerTest, type MakeStore } from './storePerTest';

const deepValue = (levels: number): EventToAppend['data'] => {
  let value: EventToAppend['data'] = { leaf: true };
  for (let level = 0; level < levels; level += 1) value = { in: [value] };
  return value;
};

/** The chain as the documentation words it, in other code than the store's. */
function chainOf(events: readonly StoredEvent[]): string[] {
  let previous = '0'.repeat(64);
  return events.map(({ id, type, schemaVersion, stream, revision, occurredAt, dataJson, metadata }) => {
    const data: unknown = JSON.parse(dataJson);
    const canonical = canonicalize({ id, type, schemaVersion, stream, revision, occurredAt, data, metadata }) ?? '';
    previous = createHash('sha256').update(previous, 'utf8').update(canonical, 'utf8').digest('hex');
    return previous;
  });
}

export function appendContract(makeStore: MakeStore): void {
  const current = storePerTest(makeStore);

  describe('append', () => {
    it('returns the revision and position of the last event, which can be read at once', async () => {
      const { store } = current();
      const stream = newStream();
      const first = await store.append(stream, [sampleEvent()], NO_STREAM);
      const events = sampleEvents(3);
      const second = await store.append(stream, events, 0);
      const stored = await collect(store.readStream(stream));
      expect(first.revision).toBe(0);
      expect(second.revision).toBe(3);
      expect(second.position > first.position).toBe(true);
      expect(stored.map((event) => event.revision)).toEqual([0, 1, 2, 3]);
      expect(stored[3]).toMatchObject({ ...events[2], stream, position: second.position });
      expect(stored[0]?.position).toBe(first.position);
    });

    it.each([
      ['an existing stream that should not be there', NO_STREAM],
      ['a revision that is past', 0],
      ['a revision that is not reached yet', 2],
    ])('refuses %s and says where the stream stands', async (_, expectedRevision) => {
      const { store } = current();
      const stream = newStream();
      await store.append(stream, sampleEvents(2), NO_STREAM);
      const error = await rejection(store.append(stream, [sampleEvent()], expectedRevision));
      expect(error).toBeInstanceOf(WrongExpectedRevision);
      expect(error).toMatchObject({ stream, expectedRevision, actualRevision: 1 });
      expect(await collect(store.readStream(stream))).toHaveLength(2);
    });

    it('refuses an expected revision of a stream that does not exist', async () => {
      const { store } = current();
      const stream = newStream();
      const error = await rejection(store.append(stream, [sampleEvent()], 0));
      expect(error).toMatchObject({ name: 'WrongExpectedRevision', expectedRevision: 0, actualRevision: NO_STREAM });
      expect(await collect(store.readStream(stream))).toEqual([]);
    });

    it('writes all events of an append or none', async () => {
      const { store } = current();
      const stream = newStream();
      const events = [...sampleEvents(3), sampleEvent({}, { id: 'not-a-uuid' })];
      await expect(store.append(stream, events, NO_STREAM)).rejects.toThrow(TypeError);
      await expect(store.append(stream, sampleEvents(3), 5)).rejects.toThrow(WrongExpectedRevision);
      expect(await collect(store.readStream(stream))).toEqual([]);
      await store.append(stream, sampleEvents(1000), NO_STREAM);
      expect(await collect(store.readStream(stream))).toHaveLength(1000);
    });

    it('treats an append with the same ids at the same place as a repetition', async () => {
      const { store } = current();
      const stream = newStream();
      const events = sampleEvents(2);
      const first = await store.append(stream, events, NO_STREAM);
      expect(await store.append(stream, events, NO_STREAM)).toEqual(first);
      await store.append(stream, sampleEvents(2), 1);
      expect(await store.append(stream, events, NO_STREAM)).toEqual(first);
      expect(await collect(store.readStream(stream))).toHaveLength(4);
    });

    it('treats two concurrent appends with the same ids as one', async () => {
      const { store } = current();
      const stream = newStream();
      const events = sampleEvents(2);
      const answers = await Promise.all(Array.from({ length: 10 }, () => store.append(stream, events, NO_STREAM)));
      expect(new Set(answers.map((answer) => answer.position)).size).toBe(1);
      expect(await idsOf(store.readStream(stream))).toEqual(events.map((event) => event.id));
    });

    it('refuses an append of which only a part was written before', async () => {
      const { store } = current();
      const stream = newStream();
      const events = sampleEvents(2);
      await store.append(stream, events, NO_STREAM);
      await expect(store.append(stream, [...events, sampleEvent()], NO_STREAM)).rejects.toThrow(WrongExpectedRevision);
      await expect(store.append(stream, [...events].reverse(), NO_STREAM)).rejects.toThrow(WrongExpectedRevision);
      expect(await idsOf(store.readStream(stream))).toEqual(events.map((event) => event.id));
    });

    it('lets exactly one of 64 writers win each round', async () => {
      const { store } = current();
      const stream = newStream();
      for (let round = 0; round < 20; round += 1) {
        const answers = await Promise.allSettled(Array.from({ length: 64 }, () => store.append(stream, sampleEvents(2), round * 2 - 1)));
        const lost = answers.filter((answer) => answer.status === 'rejected');
        expect(lost).toHaveLength(63);
        for (const { reason } of lost) expect(reason).toMatchObject({ name: 'WrongExpectedRevision', actualRevision: round * 2 + 1 });
      }
      const stored = await collect(store.readStream(stream));
      expect(stored.map((event) => event.revision)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    });

    it('lets a failing append affect no other append', async () => {
      const { store } = current();
      const streams = Array.from({ length: 20 }, newStream);
      const answers = await Promise.allSettled(streams.map((stream, index) => store.append(stream, sampleEvents(2), index % 2 === 0 ? NO_STREAM : 7)));
      expect(answers.map((answer) => answer.status)).toEqual(streams.map((_, index) => (index % 2 === 0 ? 'fulfilled' : 'rejected')));
      const lengths = await Promise.all(streams.map(async (stream) => (await collect(store.readStream(stream))).length));
      expect(lengths).toEqual(streams.map((_, index) => (index % 2 === 0 ? 2 : 0)));
    });

    it('keeps data unchanged: Unicode, numbers, nesting and the canonical bytes', async () => {
      const { store } = current();
      const stream = newStream();
      const data = {
        z: 'Zoë 你好 👩‍👩‍👧 \u0000\u001f\u007f\u2028 "\\ \\ud800',
        a: [1, -0.5, 1e21, 1e-7, 9007199254740991, true, null, [], {}],
        '': 'empty key',
        '\u20ac': 'sorted by UTF-16 units',
        '\ud83d\ude00': 'after the BMP up to U+D7FF',
        deep: deepValue(200),
      };
      await store.append(stream, [sampleEvent(data)], NO_STREAM);
      const [stored] = await collect(store.readStream(stream));
      expect(stored?.data).toEqual(data);
      expect(stored?.dataJson).toBe(canonicalize(data));
    });

    it('keeps all metadata, including optional fields', async () => {
      const { store } = current();
      const stream = newStream();
      const event = sampleEvent();
      const metadata = { ...event.metadata, keyed: true as const, clientAddress: '::1', clientName: 'tést', clientVersion: '1.0' };
      await store.append(stream, [{ ...event, metadata }], NO_STREAM);
      expect((await collect(store.readStream(stream)))[0]?.metadata).toEqual(metadata);
    });

    it('is not affected when the caller changes its objects afterwards', async () => {
      const { store } = current();
      const stream = newStream();
      const data = { list: ['as it was'] };
      const appended = store.append(stream, [sampleEvent(data)], NO_STREAM);
      data.list.push('changed');
      await appended;
      expect((await collect(store.readStream(stream)))[0]?.data).toEqual({ list: ['as it was'] });
    });

    it('chains every event to the one before it in its stream', async () => {
      const { store } = current();
      const [one, other] = [newStream(), newStream()];
      await store.append(one, sampleEvents(2), NO_STREAM);
      await store.append(other, sampleEvents(3), NO_STREAM);
      await store.append(one, [sampleEvent({ b: 1, a: { name: 'Zoë' } })], 1);
      for (const stream of [one, other]) {
        const stored = await collect(store.readStream(stream));
        expect(stored.map((event) => event.hash)).toEqual(chainOf(stored));
      }
    });

    it('keeps its events when the log is opened again', async () => {
      const { store, reopen } = current();
      const stream = newStream();
      await store.append(stream, sampleEvents(3), NO_STREAM);
      const before = await collect(store.readStream(stream));
      if (reopen === undefined) return;
      const again = await reopen();
      expect(await collect(again.readStream(stream))).toEqual(before);
      await expect(again.append(stream, [sampleEvent()], 0)).rejects.toThrow(WrongExpectedRevision);
      expect((await again.append(stream, [sampleEvent()], 2)).position > (before.at(-1)?.position ?? '')).toBe(true);
      const after = await collect(again.readStream(stream));
      expect(after.map((event) => event.hash)).toEqual(chainOf(after));
    });
  });

  describe('append refuses invalid input:', () => {
    const oneId = '0b9e2c54-6d3f-4f57-9f0e-2f4a3c1d5e6f';
    const refused: [string, EventToAppend[], number, new () => Error][] = [
      ['no events', [], NO_STREAM, RangeError],
      ['a revision below that of no stream', [sampleEvent()], -2, RangeError],
      ['half a revision', [sampleEvent()], 0.5, RangeError],
      ['an id that is no UUID', [sampleEvent({}, { id: 'x' })], NO_STREAM, TypeError],
      ['an id in capitals', [sampleEvent({}, { id: oneId.toUpperCase() })], NO_STREAM, TypeError],
      ['an id that comes twice', [sampleEvent({}, { id: oneId }), sampleEvent({}, { id: oneId })], NO_STREAM, RangeError],
      ['a type without a name', [sampleEvent({}, { type: '' })], NO_STREAM, TypeError],
      ['schema version 0', [sampleEvent({}, { schemaVersion: 0 })], NO_STREAM, RangeError],
      ['a time without milliseconds', [sampleEvent({}, { occurredAt: '2030-01-31T12:00:00Z' })], NO_STREAM, TypeError],
      ['a time that does not exist', [sampleEvent({}, { occurredAt: '2030-02-30T12:00:00.000Z' })], NO_STREAM, TypeError],
      ['a number that JSON has not', [sampleEvent({ n: NaN })], NO_STREAM, TypeError],
      ['ill-formed Unicode', [sampleEvent({ text: 'half \ud83d' })], NO_STREAM, TypeError],
      ['nesting without end', [sampleEvent(deepValue(100_000))], NO_STREAM, TypeError],
      ['more than 1 MiB', [sampleEvent({ text: 'x'.repeat(1024 * 1024) })], NO_STREAM, RangeError],
      ['more than 1 MiB in all', Array.from({ length: 3 }, () => sampleEvent({ text: 'é'.repeat(200_000) })), NO_STREAM, RangeError],
    ];

    it.each(refused)('%s', async (_, events, expectedRevision, kind) => {
      const { store } = current();
      const stream = newStream();
      await expect(store.append(stream, events, expectedRevision)).rejects.toThrow(kind);
      expect(await collect(store.readStream(stream))).toEqual([]);
    });

    it.each(['', '$system', 'x'.repeat(201), 'two\nlines'])('the stream name %j', async (stream) => {
      await expect(current().store.append(stream, [sampleEvent()], NO_STREAM)).rejects.toThrow(TypeError);
    });

    it('accepts an event just below 1 MiB', async () => {
      const { store } = current();
      const stream = newStream();
      const text = 'x'.repeat(1024 * 1024 - 1000);
      await store.append(stream, [sampleEvent({ text })], NO_STREAM);
      expect((await collect(store.readStream(stream)))[0]?.data).toEqual({ text });
    });
  });

  describe('close', () => {
    it('finishes pending appends, and refuses later ones', async () => {
      const { store, reopen } = current();
      const stream = newStream();
      const onTheWay = store.append(stream, sampleEvents(2), NO_STREAM);
      await store.close();
      expect((await onTheWay).revision).toBe(1);
      await expect(store.append(stream, [sampleEvent()], 1)).rejects.toThrow(StoreUnavailable);
      await expect(collect(store.readStream(stream))).rejects.toThrow(StoreUnavailable);
      await store.close();
      if (reopen !== undefined) expect(await collect((await reopen()).readStream(stream))).toHaveLength(2);
    });
  });
}
