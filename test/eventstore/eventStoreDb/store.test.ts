import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import canonicalize from 'canonicalize';
import { eventHash, FIRST_PREVIOUS_HASH } from '../../../src/eventstore/eventHash';
import { NO_STREAM, START, StoreUnavailable, WrongExpectedRevision, type EventStore, type LogPosition, type StoredEvent } from '../../../src/eventstore/eventStore';
import type { EventStoreDbOptions, StoreNotice } from '../../../src/eventstore/eventStoreDb/connection';
import { EventStoreDbEventStore } from '../../../src/eventstore/eventStoreDb/store';
import { ChaosProxy } from '../../support/esdb/chaosProxy';
import { esdbFailures } from '../../support/esdb/esdbFailures';
import { EsdbLog } from '../../support/esdb/esdbLog';
import { EsdbServer } from '../../support/esdb/esdbServer';
import type { Fault } from '../../support/esdb/faultPlan';
import { collect, idsOf, newStream, rejection, sampleEvent, sampleEvents } from '../sampleEvents';

describe('EventStoreDB', () => {
  let server: EsdbServer;
  let closing: (() => Promise<unknown>)[];

  const open = (options: Partial<EventStoreDbOptions> = {}): EventStoreDbEventStore => {
    const store = new EventStoreDbEventStore({ url: server.url, ...options });
    closing.push(() => store.close());
    return store;
  };
  /** A store that has spoken with its server already. */
  const opened = async (options: Partial<EventStoreDbOptions> = {}): Promise<EventStoreDbEventStore> => {
    const store = open(options);
    await store.identify();
    return store;
  };
  beforeEach(async () => {
    closing = [];
    server = await EsdbServer.start({ dropMs: 500 });
  });
  afterEach(async () => {
    for (const close of closing) await close();
    await server.stop();
  });

  describe('an append whose outcome is unknown at first', () => {
    const faults: [string, Fault, number][] = [
      ['the answer is lost', 'cutAfter', 1],
      ['the answer is lost three times', 'cutAfter', 3],
      ['the connection breaks before', 'cutBefore', 1],
      ['the server gives up before it is written', 'timeoutBefore', 1],
      ['the server gives up after it is written', 'timeoutAfter', 1],
      ['nothing is answered', 'hang', 1],
      ['the repetition is dropped while the original is under way', 'dropInFlight', 1],
    ];

    it.each(faults)('is written once when %s', async (_, fault, times) => {
      const store = await opened({ attemptMs: 200 });
      const stream = newStream();
      await store.append(stream, [sampleEvent()], NO_STREAM);
      const events = sampleEvents(2);
      server.faults.inject('append', fault, times);
      const { revision, position } = await store.append(stream, events, 0);
      const stored = await collect(store.readStream(stream));
      expect(server.faults.size).toBe(0);
      expect(revision).toBe(2);
      expect(stored.slice(1).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
      expect(stored.at(-1)?.position).toBe(position);
      expect(chainOf(stored)).toEqual(stored.map(({ hash }) => hash));
    });

    it('is a conflict when another writer appended first', async () => {
      const store = await opened();
      const stream = newStream();
      const other = await opened();
      server.faults.inject('append', 'cutBefore');
      server.faults.inject('append', new Error('the other one is first'));
      const append = store.append(stream, [sampleEvent()], NO_STREAM);
      const theirs = [sampleEvent()];
      const outcomes = await Promise.allSettled([append, other.append(stream, theirs, NO_STREAM)]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { name: 'WrongExpectedRevision', actualRevision: 0 } });
      expect(await collect(store.readStream(stream))).toHaveLength(1);
    });
  });

  it('appends with one call each, never through the batch stream', async () => {
    // An append whose answer is late would be sent again.
    const store = await opened({ attemptMs: 60_000, appendMs: 60_000 });
    await Promise.all(Array.from({ length: 200 }, () => store.append(newStream(), [sampleEvent()], NO_STREAM)));
    expect(server.calls).toMatchObject({ append: 201, other: 0 });
  });

  it('waits while the server is not ready or no leader is elected', async () => {
    const store = await opened();
    const stream = newStream();
    for (const [expected, begin, end] of [
      [NO_STREAM, () => { server.ready = false; }, () => { server.ready = true; }],
      [0, () => { server.leader = 'unknown'; }, () => { server.leader = 'self'; }],
    ] as const) {
      begin();
      const append = store.append(stream, [sampleEvent()], expected);
      const before = callsOf(server);
      await until(() => callsOf(server) > before + 1);
      end();
      expect((await append).revision).toBe(expected + 1);
    }
  });

  it('switches to the leader that the server names', async () => {
    const leader = await EsdbServer.start({ log: server.log });
    closing.push(() => leader.stop());
    server.leader = { host: leader.host, port: leader.port };
    const store = open();
    const stream = newStream();
    expect((await store.append(stream, [sampleEvent()], NO_STREAM)).revision).toBe(0);
    expect(await collect(store.readStream(stream))).toHaveLength(1);
    expect(leader.calls.append).toBe(2);
  });

  it('survives an election that is longer than the client looks for a leader', async () => {
    const node = await EsdbServer.start({ commitMs: 400, dropMs: 500 });
    closing.push(() => node.stop());
    const host = `${node.host}:${node.port}`;
    const store = await opened({ url: `esdb://${host},${host}?tls=false`, appendMs: 20_000, readMs: 20_000 });
    const stream = newStream();
    const events = [sampleEvent(), sampleEvent()];
    const { end } = node.log;
    const underWay = store.append(stream, events.slice(0, 1), NO_STREAM);
    while (node.log.end === end) await pause(5);
    node.ready = false;
    // The client gives up after ten attempts, and jest fails a test whose promises reject into nothing.
    node.faults.inject('gossip', esdbFailures.notReady(), 25);
    const read = collect(store.readStream(stream));
    while (node.faults.size > 0) await pause(20);
    node.ready = true;
    await underWay;
    await store.append(stream, events.slice(1), 0);
    await read;
    expect(await idsOf(store.readStream(stream))).toEqual(events.map(({ id }) => id));
  });

  it('discovers its server by gossip, also after a failed discovery', async () => {
    server.faults.inject('gossip', new Error('not yet'), 12);
    const store = open({ url: `esdb+discover://127.0.0.1:${server.port}?tls=false&discoveryInterval=5` });
    expect((await store.append(newStream(), [sampleEvent()], NO_STREAM)).revision).toBe(0);
  });

  it.each(['127.0.0.1', 'user:secret@127.0.0.1'])('accepts an address with or without credentials: %s', async (host) => {
    const store = open({ url: `esdb://${host}:${server.port}?tls=false` });
    expect((await store.append(newStream(), [sampleEvent()], NO_STREAM)).revision).toBe(0);
  });

  describe('a read', () => {
    it.each<[string, Fault]>([['breaks in the middle', { cutAfterEvents: 7 }], ['is not answered', 'hang'], ['fails', new Error('try again')]])('is complete when it %s', async (_, fault) => {
      const store = await opened({ attemptMs: 200 });
      const stream = newStream();
      const events = sampleEvents(30);
      await store.append(stream, events, NO_STREAM);
      for (const read of [() => store.readStream(stream), () => store.readAll()]) {
        server.faults.inject('read', fault, 2);
        expect(await idsOf(read())).toEqual(events.map(({ id }) => id));
        expect(server.faults.size).toBe(0);
      }
    });

    it('keeps no call open while its reader processes events', async () => {
      const store = await opened();
      const stream = newStream();
      await store.append(stream, sampleEvents(2), NO_STREAM);
      const readers = Array.from({ length: 200 }, async () => {
        const seen: number[] = [];
        for await (const { revision } of store.readStream(stream)) {
          seen.push(revision, (await collect(store.readStream(stream))).length);
        }
        return seen;
      });
      for (const seen of await Promise.all(readers)) expect(seen).toEqual([0, 2, 1, 2]);
    });

    it('of the log shows neither the server\'s own events nor this store\'s internal ones', async () => {
      const store = await opened();
      const facts = { type: '$metadata', contentType: 'application/json', data: Buffer.from('{}'), metadata: new Uint8Array() };
      const ids: string[] = [];
      for (let round = 0; round < 40; round += 1) {
        server.log.write(`$system-${round}`, NO_STREAM, [{ id: randomUUID(), ...facts }]);
        if (round % 20 === 0) ids.push(...(await appended(store, 1)));
      }
      expect(await idsOf(store.readAll())).toEqual(ids);
      expect(await idsOf(store.readAll({ backwards: true, maxCount: 1 }))).toEqual(ids.slice(-1));
      expect(await firstIds(store, START, 2)).toEqual(ids);
    });

    it('names an event that was not written by this service', async () => {
      const store = await opened();
      const client = EventStoreDBClient.connectionString(server.url);
      await client.appendToStream('somebody-else', [jsonEvent({ type: 'Other', data: {} })], { credentials: { username: 'a', password: 'b' } });
      await client.dispose();
      await expect(collect(store.readAll())).rejects.toThrow(/of type Other \(somebody-else, revision 0\) was not written by this service/);
      await expect(firstIds(store, START, 1)).rejects.toThrow(/was not written by this service/);
    });
  });

  it('keeps the canonical bytes of keys that look like numbers', async () => {
    const store = await opened();
    const stream = newStream();
    const data = { '10': 'ten', '9': { '2': 1, '10': 2 }, a: [{ '1': 1, '-1': 2 }], __proto__x: 1 };
    await store.append(stream, [sampleEvent(data)], NO_STREAM);
    const [stored] = await collect(store.readStream(stream));
    expect(stored?.dataJson).toBe(canonicalize(data));
    expect(stored?.data).toEqual(data);
  });

  it('refuses an append that is too large for the server, instead of splitting it', async () => {
    const small = await EsdbServer.start({ maxAppendBytes: 10_000 });
    closing.push(() => small.stop());
    const store = open({ url: small.url });
    const stream = newStream();
    await expect(store.append(stream, [sampleEvent({ text: 'x'.repeat(6_000) }), sampleEvent({ text: 'x'.repeat(6_000) })], NO_STREAM)).rejects.toThrow(/larger than the 10000 bytes that the event store accepts/);
    expect(await collect(store.readStream(stream))).toEqual([]);
  });

  it('chains to the stored event when the same ids were appended before with other contents', async () => {
    const [one, other] = [await opened(), await opened()];
    const stream = newStream();
    const event = sampleEvent({ by: 'one' });
    await one.append(stream, [event], NO_STREAM);
    await other.append(stream, [{ ...event, data: { by: 'other' } }], NO_STREAM);
    await other.append(stream, [sampleEvent()], 0);
    const stored = await collect(one.readStream(stream));
    expect(stored[0]?.data).toEqual({ by: 'one' });
    expect(chainOf(stored)).toEqual(stored.map(({ hash }) => hash));
  });

  describe('a subscription', () => {
    it('continues without gaps or duplicates when it is cut, frozen, dropped as too slow, ended or restarted', async () => {
      const proxy = await ChaosProxy.start(() => server);
      closing.push(() => proxy.stop());
      const writer = await opened();
      const store = open({ url: proxy.url });
      const ids: string[] = [];
      const seen = firstIds(store, START, 12 * 50);
      for (let round = 0; round < 12; round += 1) {
        ids.push(...(await appended(writer, 50)));
        if (round % 4 === 0) proxy.cut();
        else if (round % 4 === 1) server.faults.inject('live', new Error('too slow'));
        else if (round % 4 === 2) server.cut();
        else {
          await server.stop();
          await server.start();
        }
      }
      expect(await seen).toEqual(ids);
    });

    it('survives a reader that is slower than the server allows', async () => {
      const writer = await opened();
      const store = open();
      const stop = new AbortController();
      const seen: string[] = [];
      let ids: string[] = [];
      for await (const { events, caughtUp } of store.subscribeAll(START, stop.signal)) {
        seen.push(...events.map(({ id }) => id));
        if (caughtUp && ids.length === 0) for (let round = 0; round < 30; round += 1) ids = [...ids, ...(await appended(writer, 100))];
        if (seen.length >= 3_000) stop.abort();
      }
      expect(seen).toEqual(ids);
    });

    it('can be ended at once while the server is away', async () => {
      const store = await opened();
      await server.stop();
      const stop = new AbortController();
      const ended = collect(store.subscribeAll(START, stop.signal));
      stop.abort();
      expect(await ended).toEqual([]);
      await server.start();
    });
  });

  describe('an unreachable server', () => {
    it('throws StoreUnavailable in bounded time, is reported once, and is found again automatically', async () => {
      const notices: StoreNotice[] = [];
      const store = await opened({ appendMs: 300, readMs: 300, awayAfterMs: 10, notify: (notice) => notices.push(notice) });
      const stream = newStream();
      await store.append(stream, [sampleEvent()], NO_STREAM);
      await server.stop();
      const begin = performance.now();
      const attempts = [
        store.append(stream, [sampleEvent()], 0),
        collect(store.readStream(stream)),
        collect(store.readAll()),
        ...Array.from({ length: 500 }, () => store.append(newStream(), [sampleEvent()], NO_STREAM)),
      ];
      for (const attempt of attempts) expect(await rejection(attempt)).toBeInstanceOf(StoreUnavailable);
      expect(performance.now() - begin).toBeLessThan(5_000);
      expect(await store.answers(100)).toBe(false);
      await server.start();
      expect((await store.append(stream, [sampleEvent()], 0)).revision).toBe(1);
      expect(await store.answers(1_000)).toBe(true);
      expect(notices.map(({ what }) => what)).toEqual(['STORE_UNREACHABLE', 'STORE_REACHABLE']);
    });

    it('may become reachable after the first call', async () => {
      await server.stop();
      const store = open();
      expect(store.storeId).toBeNull();
      const append = store.append(newStream(), [sampleEvent()], NO_STREAM);
      const subscription = firstIds(store, START, 1);
      await server.start();
      expect((await append).revision).toBe(0);
      expect(await subscription).toHaveLength(1);
    });

    it('is reached over new connections when the old ones no longer answer', async () => {
      const proxy = await ChaosProxy.start(() => server);
      closing.push(() => proxy.stop());
      const notices: StoreNotice[] = [];
      const store = await opened({ url: proxy.url, attemptMs: 100, awayAfterMs: 10, notify: (notice) => notices.push(notice) });
      const stream = newStream();
      const [first, second] = [sampleEvent(), sampleEvent()];
      await store.append(stream, [first], NO_STREAM);
      const seen: string[] = [];
      const stop = new AbortController();
      let appending: Promise<unknown> | null = null;
      for await (const { events } of store.subscribeAll(START, stop.signal)) {
        seen.push(...events.map(({ id }) => id));
        if (seen.length >= 1 && !appending) {
          proxy.losePackets();
          appending = store.append(stream, [second], 0);
        }
        if (seen.length >= 2) stop.abort();
      }
      expect(await appending).toMatchObject({ revision: 1 });
      expect(seen).toEqual([first.id, second.id]);
      expect(notices.map(({ what }) => what)).toEqual(['STORE_UNREACHABLE', 'STORE_CONNECTION_LEFT', 'STORE_REACHABLE']);
    });

    it('is not reported as away for a call that fails once, as at a start', async () => {
      const notices: StoreNotice[] = [];
      const store = await opened({ notify: (notice) => notices.push(notice) });
      for (const fault of ['cutBefore', 'timeoutBefore'] as const) {
        server.faults.inject('append', fault);
        await store.append(newStream(), [sampleEvent()], NO_STREAM);
      }
      expect(store.isAway).toBe(false);
      expect(notices).toEqual([]);
    });

    it('tells who waits when it becomes away, and is not away any more after the next answer', async () => {
      const store = await opened({ appendMs: 300, readMs: 300, awayAfterMs: 20 });
      let told = 0;
      const stop = store.onAway(() => (told += 1));
      await server.stop();
      expect(await rejection(store.append(newStream(), [sampleEvent()], NO_STREAM))).toBeInstanceOf(StoreUnavailable);
      expect([store.isAway, told]).toEqual([true, 1]);
      await server.start();
      await store.append(newStream(), [sampleEvent()], NO_STREAM);
      expect(store.isAway).toBe(false);
      stop();
    });

    it.each([['user', /does not accept the user or the password/], ['rights', /needs to read \$all/]] as const)('that refuses the service for its %s says what to do, once, until it accepts it', async (refuses, message) => {
      const notices: StoreNotice[] = [];
      const store = await opened({ notify: (notice) => notices.push(notice) });
      server.refuses = refuses;
      for (let time = 0; time < 3; time += 1) expect(await rejection(store.append(newStream(), [sampleEvent()], NO_STREAM))).toMatchObject({ problem: { what: 'ACCESS_DENIED' } });
      expect(store.problem).toEqual({ what: 'ACCESS_DENIED', message: expect.stringMatching(message) });
      server.refuses = null;
      await store.append(newStream(), [sampleEvent()], NO_STREAM);
      expect(store.problem).toBeNull();
      expect(notices.map(({ what }) => what)).toEqual(['ACCESS_DENIED', 'STORE_REACHABLE']);
    });

    it('does not delay closing', async () => {
      const store = await opened({ appendMs: 200 });
      await server.stop();
      const append = rejection(store.append(newStream(), [sampleEvent()], NO_STREAM));
      await store.close();
      expect(await append).toBeInstanceOf(StoreUnavailable);
      await server.start();
    });
  });

  describe('the log\'s identity', () => {
    it('is the same for all processes that start on an empty server at the same time, and does not change', async () => {
      const ids = await Promise.all(Array.from({ length: 8 }, () => open().identify()));
      expect(new Set(ids).size).toBe(1);
      await server.stop();
      await server.start();
      expect(await open().identify()).toBe(ids[0]);
    });

    it.each<[string, (log: EsdbLog) => EsdbLog, RegExp]>([
      ['wiped', () => new EsdbLog(), /it is empty now/],
      ['restored from an older backup', (log) => log, /no event at the position/],
    ])('tells when the server was %s', async (_, replacement, why) => {
      const store = await opened();
      await appended(store, 2);
      const backup = server.log.copy();
      const [event] = await appended(store, 1);
      const iterator = store.subscribeAll(START, new AbortController().signal)[Symbol.asyncIterator]();
      for (let seen = ''; seen !== event; ) seen = (await iterator.next()).value?.events.at(-1)?.id ?? '';
      await server.stop();
      server.log = replacement(backup);
      await server.start();
      await expect(untilEnd(iterator)).rejects.toThrow(why);
      expect(await store.replaced).toMatchObject({ message: expect.stringMatching(why) });
      await expect(store.append(newStream(), [sampleEvent()], NO_STREAM)).rejects.toThrow(StoreUnavailable);
    });

    it('is refused when another one was expected', async () => {
      const storeId = await open().identify();
      const store = open();
      store.expect(randomUUID());
      await expect(store.identify()).rejects.toThrow(new RegExp(`its id is ${storeId} and was`));
      const right = open();
      right.expect(storeId);
      expect(await right.identify()).toBe(storeId);
    });

    it('tells whether it contains a position', async () => {
      const store = await opened();
      const { position } = await store.append(newStream(), [sampleEvent()], NO_STREAM);
      const beyond: LogPosition = position.replace(/\d{20}/g, (number) => String(Number(number) + 1).padStart(20, '0'));
      expect(await Promise.all([START, position, beyond].map((one) => store.holds(one)))).toEqual([true, true, false]);
    });
  });

  it('reports a conflict without sending anything', async () => {
    const store = await opened();
    const before = server.calls.append;
    const error = await rejection(store.append(newStream(), [sampleEvent()], 4));
    expect(error).toBeInstanceOf(WrongExpectedRevision);
    expect(server.calls.append).toBe(before);
  });
});

function chainOf(events: readonly StoredEvent[]): string[] {
  let hash = FIRST_PREVIOUS_HASH;
  return events.map((event) => (hash = eventHash(hash, { ...event, metadataJson: canonicalize(event.metadata) ?? '' })));
}

/** Ids of new events in a stream of their own. */
async function appended(store: EventStore, count: number): Promise<string[]> {
  const events = sampleEvents(count);
  await store.append(newStream(), events, NO_STREAM);
  return events.map(({ id }) => id);
}

async function firstIds(store: EventStore, after: LogPosition, count: number): Promise<string[]> {
  const stop = new AbortController();
  const ids: string[] = [];
  for await (const { events } of store.subscribeAll(after, stop.signal)) {
    ids.push(...events.map(({ id }) => id));
    if (ids.length >= count) stop.abort();
  }
  return ids;
}

const callsOf = ({ calls }: EsdbServer): number => calls.append + calls.read;

async function untilEnd(iterator: AsyncIterator<unknown>): Promise<void> {
  while ((await iterator.next()).done !== true);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
