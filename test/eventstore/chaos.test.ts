import { setTimeout as pause } from 'node:timers/promises';
import { ANY, EventStoreDBClient } from '@eventstore/db-client';
import { NO_STREAM, START, WrongExpectedRevision, type EventStore, type LogPosition, type StoredEvent } from '../../src/eventstore/eventStore';
import { EventStoreDbEventStore } from '../../src/eventstore/eventStoreDb/store';
import { ChaosProxy } from '../support/esdb/chaosProxy';
import { esdbFailures } from '../support/esdb/esdbFailures';
import { EsdbServer } from '../support/esdb/esdbServer';
import { collect, newStream, rejection, sampleEvent } from './sampleEvents';

const LONG = process.env['SOAK'] === '1';
const WRITERS = 8;
const APPENDS_PER_WRITER = LONG ? 1_000 : 50;
/** Attempts after which the client gives up a discovery, and the time between two. */
const DISCOVERY_ATTEMPTS = 10;
const DISCOVERY_MS = 20;
const MAX_DISASTERS_WITHOUT_APPEND = 4;
const DISASTERS = ['cut', 'freeze', 'cutAfter', 'cutBefore', 'timeoutAfter', 'timeoutBefore', 'dropInFlight', 'tooSlow', 'restart', 'notReady', 'election'] as const;

/**
 * Causes one failure after the other until it is stopped, each kind in turn and at least once. A few may overlap,
 * but never so many that a writer exhausts its attempts.
 */
async function disasters(server: EsdbServer, proxy: ChaosProxy, stop: AbortSignal, appends: () => number): Promise<void> {
  let withoutAppend = 0;
  for (let round = 0; !stop.aborted || round < DISASTERS.length; round += 1) {
    const before = appends();
    await disaster(DISASTERS[round % DISASTERS.length] ?? 'cut', server, proxy);
    await pause(50 + Math.random() * 100, undefined, { signal: stop }).catch(() => undefined);
    withoutAppend = appends() > before ? 0 : withoutAppend + 1;
    while (!stop.aborted && withoutAppend >= MAX_DISASTERS_WITHOUT_APPEND && appends() === before) await pause(5);
  }
  server.faults.clear();
  server.ready = true;
}

async function disaster(kind: (typeof DISASTERS)[number], server: EsdbServer, proxy: ChaosProxy): Promise<void> {
  switch (kind) {
    case 'cut':
      proxy.cut();
      break;
    case 'freeze':
      proxy.freeze();
      await pause(50);
      proxy.thaw();
      proxy.cut();
      break;
    case 'tooSlow':
      server.faults.inject('live', new Error('Consumer too slow'));
      break;
    case 'restart':
      await server.stop();
      await pause(20);
      await server.start();
      break;
    case 'notReady':
      server.ready = false;
      await pause(20);
      server.ready = true;
      break;
    case 'election':
      // Appends that are under way are answered late, and a discovery takes longer than the client tries.
      server.ready = false;
      server.faults.inject('gossip', esdbFailures.notReady(), DISCOVERY_ATTEMPTS + 2);
      await pause(DISCOVERY_ATTEMPTS * DISCOVERY_MS);
      server.ready = true;
      break;
    default:
      server.faults.inject('append', kind);
  }
}

/** Reads the whole log past the proxy, as the server holds it. */
async function rawIds(server: EsdbServer, streams: readonly string[]): Promise<string[]> {
  const client = EventStoreDBClient.connectionString(server.url);
  const ids: string[] = [];
  for await (const { event } of client.readAll()) if (event && streams.includes(event.streamId)) ids.push(event.id);
  await client.dispose();
  return ids;
}

/** A projection that stores its events and its checkpoint together, and sometimes restarts from there. */
async function project(store: EventStore, total: number): Promise<string[]> {
  const seen: string[] = [];
  let checkpoint: LogPosition = START;
  while (seen.length < total) {
    const stop = new AbortController();
    const until = Math.min(total, seen.length + 100);
    for await (const { events } of store.subscribeAll(checkpoint, stop.signal)) {
      for (const { id, position } of events) {
        seen.push(id);
        checkpoint = position;
      }
      if (seen.length >= until) stop.abort();
    }
  }
  return seen;
}

interface Outcome {
  readonly sent: readonly string[];
  readonly raw: readonly string[];
  readonly read: readonly (readonly StoredEvent[])[];
  readonly projected: readonly string[];
}

/** Writers that append one after the other to a stream each, a projection, and disasters all the while. */
async function underDisasters(discover: boolean, appendsPerWriter: number): Promise<Outcome> {
  const server = await EsdbServer.start({ commitMs: 2, dropMs: 300 });
  const proxy = await ChaosProxy.start(() => server);
  if (discover) server.members = [{ host: '127.0.0.1', port: proxy.port }];
  const url = discover ? `esdb+discover://127.0.0.1:${proxy.port}?tls=false&discoveryInterval=${DISCOVERY_MS}` : proxy.url;
  const store = new EventStoreDbEventStore({ url, attemptMs: 300, appendMs: 30_000, readMs: 30_000 });
  const stop = new AbortController();
  await store.identify();
  let appends = 0;
  const chaos = disasters(server, proxy, stop.signal, () => appends);
  const streams = Array.from({ length: WRITERS }, newStream);
  const write = async (stream: string): Promise<string[]> => {
    const ids: string[] = [];
    for (let index = 0; index < appendsPerWriter; index += 1) {
      const event = sampleEvent({ index });
      ids.push(event.id);
      const { revision } = await store.append(stream, [event], index - 1);
      expect(revision).toBe(index);
      appends += 1;
      if (index % 10 === 0) expect(await rejection(store.append(stream, [sampleEvent()], index + 7))).toBeInstanceOf(WrongExpectedRevision);
    }
    return ids;
  };
  const projected = project(store, WRITERS * appendsPerWriter);
  const sent = (await Promise.all(streams.map(write))).flat();
  stop.abort();
  await chaos;
  const outcome = {
    sent,
    read: await Promise.all(streams.map((stream) => collect(store.readStream(stream)))),
    projected: await projected,
    raw: await rawIds(server, streams),
  };
  await store.close();
  await proxy.stop();
  await server.stop();
  return outcome;
}

describe('appends during failures of the server and the network', () => {
  it.each([['one node', false], ['nodes found by gossip', true]])('appear in the log, the streams and the projection once and in order: %s', async (_, discover) => {
    const { sent, raw, read, projected } = await underDisasters(discover, APPENDS_PER_WRITER);
    expect([...raw].sort()).toEqual([...sent].sort());
    expect(projected).toEqual(raw);
    for (const events of read) expect(events.map(({ data }) => data['index'])).toEqual(Array.from({ length: APPENDS_PER_WRITER }, (__, index) => index));
  }, LONG ? 900_000 : 60_000);

  it('would appear in the log twice without the expected revision', async () => {
    const server = await EsdbServer.start();
    const store = new EventStoreDbEventStore({ url: server.url });
    await store.identify();
    const appendTwice = async (): Promise<readonly [sent: string, raw: readonly string[]]> => {
      const stream = newStream();
      const event = sampleEvent();
      server.faults.inject('append', 'cutAfter');
      server.faults.inject('append', 'timeoutBefore', 10);
      const appended = store.append(stream, [event], NO_STREAM);
      while (server.faults.size > 9) await pause(1);
      await server.stop();
      server.faults.clear();
      await server.start();
      expect((await appended).revision).toBeGreaterThanOrEqual(0);
      return [event.id, await rawIds(server, [stream])];
    };
    const [once, log] = await appendTwice();
    expect(log).toEqual([once]);

    const append = EventStoreDBClient.prototype.appendToStream;
    const mutation = jest.spyOn(EventStoreDBClient.prototype, 'appendToStream').mockImplementation(async function (this: EventStoreDBClient, stream, events, options) {
      return append.call(this, stream, events, { ...options, expectedRevision: ANY });
    });
    try {
      const [twice, mutatedLog] = await appendTwice();
      expect(mutatedLog).toEqual([twice, twice]);
    } finally {
      mutation.mockRestore();
    }
    await store.close();
    await server.stop();
  });
});
