import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { EventStoreDBClient, FORWARDS, jsonEvent, type EventData, NO_STREAM as SERVER_NO_STREAM } from '@eventstore/db-client';
import { checkAppend } from '../src/eventstore/appendChecks';
import { EventCodec } from '../src/eventstore/eventCodec';
import { eventHash, FIRST_PREVIOUS_HASH } from '../src/eventstore/eventHash';
import { NO_STREAM, type EventToAppend } from '../src/eventstore/eventStore';
import { fixEvents, toServerEvents } from '../src/eventstore/eventStoreDb/events';
import { EventStoreDbEventStore } from '../src/eventstore/eventStoreDb/store';
import { ChildServer } from './childServer';
import { cpuOf, interleaved, median, type Alternative, type BenchOptions, type Spent } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const CREDENTIALS = { username: 'none', password: 'none' };
const CALL = { credentials: CREDENTIALS, requiresLeader: true };

/** Calls at a time: as many as the adapter sends, and one. */
const MANY = 64;
const EVENTS_OF_A_BATCH = 100;
const EVENTS_TO_READ = 5_000;
/** Many short rounds rather than few long ones: what else the machine does comes and goes within seconds. */
const ROUNDS = { full: 9, quick: 5 };

/** What is compared: both sides do the same calls with events of the same size. */
interface Side {
  append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<unknown>;
  /** The revision of the last event that was read. */
  readFrom(stream: string, revision: number): Promise<number>;
  /** The number of events that were read. */
  replay(count: number): Promise<number>;
}

/** One kind of work of both sides. */
interface Kind {
  readonly name: string;
  /** Events in a round. */
  readonly events: number;
  /** What is there before the measured work, such as streams. */
  readonly prepare?: (side: Side) => Promise<readonly string[]>;
  readonly run: (side: Side, streams: readonly string[]) => Promise<void>;
}

/**
 * The adapter beside the client that it is made of, on the same server: the tests' own one, or that which
 * EVENTSTORE_TEST_URL names. Hashes, checks and what repairs failures are what the difference pays for.
 */
export async function eventStoreDbBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const { EVENTSTORE_TEST_URL: realServer } = process.env;
  if (realServer !== undefined && realServer !== '') return measure(realServer, quick, progress);
  const server = await ChildServer.start(join(__dirname, 'eventStoreDbServer.js'), [], {});
  try {
    return await measure(`${server.url.replace('http', 'esdb')}?tls=false`, quick, progress);
  } finally {
    await server.stop();
  }
}

async function measure(url: string, quick: boolean, progress: (text: string) => void): Promise<readonly ResultTable[]> {
  const client = EventStoreDBClient.connectionString(url);
  const store = new EventStoreDbEventStore({ url });
  const sides: readonly (readonly [string, Side])[] = [['adapter', adapterSide(store)], ['client', clientSide(client)]];
  try {
    await fill(store, EVENTS_TO_READ, progress);
    const alternatives = KINDS.flatMap((kind) => sides.map(([name, side]): Alternative<Spent> => ({
      name: `${name}: ${kind.name}`,
      run: async () => {
        const streams = (await kind.prepare?.(side)) ?? [];
        return cpuOf(async () => kind.run(side, streams));
      },
    })));
    // The first round compiles the code.
    await interleaved(alternatives, 1, () => undefined);
    const results = await interleaved(alternatives, quick ? ROUNDS.quick : ROUNDS.full, progress);
    const perEvent = (side: string, { name, events }: Kind, value: (spent: Spent) => number): number =>
      median((results.get(`${side}: ${name}`) ?? []).map((spent) => (value(spent) * 1_000) / events));
    const row = (kind: Kind): ResultRow => {
      const [adapterMs, clientMs] = [perEvent('adapter', kind, ({ ms }) => ms), perEvent('client', kind, ({ ms }) => ms)];
      const [adapterCpu, clientCpu] = [perEvent('adapter', kind, ({ cpuMs }) => cpuMs), perEvent('client', kind, ({ cpuMs }) => cpuMs)];
      return { name: kind.name, values: [1e6 / adapterMs, 1e6 / clientMs, clientMs / adapterMs, adapterCpu, clientCpu, clientCpu / adapterCpu] };
    };
    return [
      {
        title: 'EventStoreDB, through the adapter and through the bare client (goal: both ratios at least 0.9)',
        columns: ['adapter, a second', 'client, a second', 'ratio of rates', 'adapter, CPU us', 'client, CPU us', 'ratio of CPU'],
        rows: KINDS.map(row),
      },
      await partsOfAnAppend(quick, progress),
    ];
  } finally {
    await store.close();
    await client.dispose();
  }
}

const newStream = (): string => `bench-${randomUUID()}`;

/** Runs the calls, so many of them at a time. */
async function atOnce(calls: number, writers: number, call: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: writers }, async () => {
    while (next < calls) await call(next++);
  }));
}

/** Appends to streams that do not exist. */
const toNewStreams = (writers: number, appends: number, size = 1): Kind => ({
  name: size === 1 ? `append to a new stream, ${writers} at a time` : `append of ${size} events to a new stream, ${writers} at a time: events`,
  events: appends * size,
  run: async (side) => atOnce(appends, writers, async () => side.append(newStream(), events(size), NO_STREAM)),
});

/** Appends to streams whose last event has been read before, as a subscription or an earlier command has done. */
const toKnownStreams = (writers: number, appends: number): Kind => ({
  name: `append to a known stream, ${writers} at a time`,
  events: appends,
  prepare: async (side) => {
    const streams = Array.from({ length: appends }, newStream);
    await atOnce(appends, 32, async (index) => {
      await side.append(nth(streams, index), events(1), NO_STREAM);
      await side.readFrom(nth(streams, index), 0);
    });
    return streams;
  },
  run: async (side, streams) => atOnce(appends, writers, async (index) => side.append(nth(streams, index), events(1), 0)),
});

/** What a command does: reads what is newer than what it knows, and appends. */
const commands = (writers: number, ofEach: number): Kind => ({
  name: `read what is newer and append, ${writers} at a time`,
  events: writers * ofEach,
  prepare: async (side) => {
    const streams = Array.from({ length: writers }, newStream);
    await atOnce(writers, writers, async (index) => side.append(nth(streams, index), events(1), NO_STREAM));
    return streams;
  },
  run: async (side, streams) => {
    await Promise.all(streams.map(async (stream) => {
      for (let index = 0; index < ofEach; index += 1) await side.append(stream, events(1), await side.readFrom(stream, index));
    }));
  },
});

const KINDS: readonly Kind[] = [
  toNewStreams(MANY, 1_280),
  toNewStreams(1, 320),
  toKnownStreams(MANY, 1_280),
  toKnownStreams(1, 320),
  commands(MANY, 10),
  commands(1, 200),
  toNewStreams(4, 20, EVENTS_OF_A_BATCH),
  {
    name: 'read $all forwards: events',
    events: EVENTS_TO_READ,
    run: async (side) => {
      const seen = await side.replay(EVENTS_TO_READ);
      if (seen !== EVENTS_TO_READ) throw new Error(`${seen} of ${EVENTS_TO_READ} events were read.`);
    },
  },
];

const clientSide = (client: EventStoreDBClient): Side => ({
  append: async (stream, given, expectedRevision) =>
    client.appendToStream(stream, given.map(bare), { ...CALL, expectedRevision: expectedRevision === NO_STREAM ? SERVER_NO_STREAM : BigInt(expectedRevision) }),
  readFrom: async (stream, revision) => {
    let last = revision;
    for await (const { event } of client.readStream(stream, { ...CALL, fromRevision: BigInt(revision) })) last = Number(event?.revision);
    return last;
  },
  replay: async (count) => {
    let seen = 0;
    for await (const { event } of client.readAll({ ...CALL, direction: FORWARDS, maxCount: count })) if (event) seen += 1;
    return seen;
  },
});

const adapterSide = (store: EventStoreDbEventStore): Side => ({
  append: async (stream, given, expectedRevision) => store.append(stream, given, expectedRevision),
  readFrom: async (stream, revision) => {
    let last = revision;
    for await (const event of store.readStream(stream, { fromRevision: revision })) last = event.revision;
    return last;
  },
  replay: async (count) => {
    let seen = 0;
    for await (const { revision } of store.readAll({ maxCount: count })) if (revision >= 0) seen += 1;
    return seen;
  },
});

async function fill(store: EventStoreDbEventStore, count: number, progress: (text: string) => void): Promise<void> {
  progress(`${count} events are written`);
  const stream = newStream();
  let revision = NO_STREAM;
  while (revision + 1 < count) ({ revision } = await store.append(stream, events(Math.min(500, count - revision - 1)), revision));
}

/** What the adapter does for each event before it sends it, one part after the other: the CPU time of each. */
async function partsOfAnAppend(quick: boolean, progress: (text: string) => void): Promise<ResultTable> {
  const codec = new EventCodec();
  const count = quick ? 2_000 : 20_000;
  const given = events(count).map((event) => [event] as const);
  const stream = newStream();
  const fixed = given.map((one) => fixEvents(codec, one));
  const parts: readonly (readonly [string, (index: number) => unknown])[] = [
    ['check of the append', (index) => { checkAppend(stream, nth(given, index), NO_STREAM); }],
    ['canonical JSON of data and metadata, and the size', (index) => fixEvents(codec, nth(given, index))],
    ['SHA-256 over the previous hash and the event', (index) => nth(fixed, index).map((event) => eventHash(FIRST_PREVIOUS_HASH, { ...event, stream, revision: 0 }))],
    ['the same, and the event for the client', (index) => toServerEvents(stream, 0, FIRST_PREVIOUS_HASH, nth(fixed, index))],
    ['(in the client: its own JSON of data and metadata)', (index) => nth(given, index).map((event) => JSON.stringify(bare(event)))],
  ];
  const alternatives = parts.map(([name, part]): Alternative<Spent> => ({
    name,
    run: async () => cpuOf(() => { for (let index = 0; index < count; index += 1) part(index); }),
  }));
  const results = await interleaved(alternatives, quick ? ROUNDS.quick : ROUNDS.full, progress);
  return {
    title: 'What the adapter computes for one event that is appended',
    columns: ['CPU us'],
    rows: parts.map(([name]) => ({ name, values: [median((results.get(name) ?? []).map(({ cpuMs }) => (cpuMs * 1_000) / count))] })),
  };
}

/** The event as the bare client sends it: as many bytes, without hash and checks. */
const bare = ({ id, type, data, metadata, occurredAt, schemaVersion }: EventToAppend): EventData =>
  jsonEvent({ id, type, data: { ...data }, metadata: { hash: '0'.repeat(64), metadata: { ...metadata }, occurredAt, schemaVersion } });

function nth<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no item ${index}.`);
  return item;
}

const events = (count: number): EventToAppend[] => Array.from({ length: count }, (_, index) => event(index));

function event(index: number): EventToAppend {
  const id = randomUUID();
  return {
    id,
    type: 'PartnerInvited',
    schemaVersion: 1,
    occurredAt: '2024-05-17T09:30:00.000Z',
    data: {
      userId: 'c0f8a8e0-3a39-5d53-8f1f-2a6c0b6f7d11', invitationId: '7a1c7c0e-8a0f-5a60-9d41-5b1f8c1f0a22', role: 'STANDARD', sendCount: 1,
      expiresAt: '2024-05-24T09:30:00.000Z', person: { keapId: `partner${index}@agency.example`, name: 'Anna Agency' },
    },
    metadata: { actorId: '0b9ac6a8-51a7-8a39-9c39-4a4f4a1d8e01', correlationId: id, causationId: id, commandId: id },
  };
}
