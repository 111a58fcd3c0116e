import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent, type EventData, NO_STREAM as SERVER_NO_STREAM } from '@eventstore/db-client';
import { NO_STREAM, type EventToAppend } from '../src/eventstore/eventStore';
import { EventStoreDbEventStore } from '../src/eventstore/eventStoreDb/store';
import { ChildServer } from './childServer';
import { interleaved, medians, perSecond, ROUNDS, type Alternative, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const WRITERS = 32;
const CREDENTIALS = { username: 'none', password: 'none' };

/** So much is done in each round. */
interface Amounts {
  readonly appendsOfEachWriter: number;
  readonly eventsToRead: number;
}

const FULL: Amounts = { appendsOfEachWriter: 150, eventsToRead: 60_000 };
const QUICK: Amounts = { appendsOfEachWriter: 20, eventsToRead: 5_000 };

/**
 * The adapter beside the client that it is made of, on the same server: the tests' own one, or that which
 * EVENTSTORE_TEST_URL names. Fault handling, hashes and checks are what the difference pays for.
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
  const { appendsOfEachWriter, eventsToRead } = quick ? QUICK : FULL;
  const client = EventStoreDBClient.connectionString(url);
  const store = new EventStoreDbEventStore({ url });
  const appends = WRITERS * appendsOfEachWriter;
  const byAll = (write: (writer: string) => Promise<void>) => (): Promise<number> =>
    perSecond(appends, async () => { await Promise.all(Array.from({ length: WRITERS }, () => write(`bench-${randomUUID()}`))); });
  try {
    await fill(store, eventsToRead, progress);
    const alternatives: Alternative<number>[] = [
      { name: 'client: new streams', run: byAll((writer) => clientToNewStreams(client, writer, appendsOfEachWriter)) },
      { name: 'store: new streams', run: byAll((writer) => storeToNewStreams(store, writer, appendsOfEachWriter)) },
      { name: 'client: read, append', run: byAll((writer) => clientAsCommands(client, writer, appendsOfEachWriter)) },
      { name: 'store: read, append', run: byAll((writer) => storeAsCommands(store, writer, appendsOfEachWriter)) },
      { name: 'client: $all', run: () => perSecond(eventsToRead, () => clientReplay(client, eventsToRead)) },
      { name: 'store: $all', run: () => perSecond(eventsToRead, () => storeReplay(store, eventsToRead)) },
    ];
    const rates = medians(await interleaved(alternatives, ROUNDS, progress));
    const row = (name: string, kind: string): ResultRow => {
      const [reached, most] = [rates.get(`store: ${kind}`) ?? NaN, rates.get(`client: ${kind}`) ?? NaN];
      return { name, values: [reached, most, reached / most] };
    };
    return [
      {
        title: 'EventStoreDB, through the adapter and through the bare client',
        columns: ['adapter, a second', 'client, a second', 'ratio'],
        rows: [
          row(`appends of ${WRITERS} writers to new streams`, 'new streams'),
          row(`commands of ${WRITERS} writers: read what is newer, append`, 'read, append'),
          row('events of $all', '$all'),
        ],
      },
    ];
  } finally {
    await store.close();
    await client.dispose();
  }
}

async function clientToNewStreams(client: EventStoreDBClient, writer: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await client.appendToStream(`${writer}-${index}`, bare(event(index)), { expectedRevision: SERVER_NO_STREAM, credentials: CREDENTIALS, requiresLeader: true });
}

async function storeToNewStreams(store: EventStoreDbEventStore, writer: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await store.append(`${writer}-${index}`, [event(index)], NO_STREAM);
}

async function clientAsCommands(client: EventStoreDBClient, stream: string, count: number): Promise<void> {
  await client.appendToStream(stream, bare(event(0)), { expectedRevision: SERVER_NO_STREAM, credentials: CREDENTIALS, requiresLeader: true });
  for (let index = 0; index < count; index += 1) {
    let revision = 0n;
    for await (const { event: read } of client.readStream(stream, { fromRevision: BigInt(index), credentials: CREDENTIALS, requiresLeader: true })) revision = read?.revision ?? revision;
    await client.appendToStream(stream, bare(event(index)), { expectedRevision: revision, credentials: CREDENTIALS, requiresLeader: true });
  }
}

async function storeAsCommands(store: EventStoreDbEventStore, stream: string, count: number): Promise<void> {
  await store.append(stream, [event(0)], NO_STREAM);
  for (let index = 0; index < count; index += 1) {
    let revision = 0;
    for await (const read of store.readStream(stream, { fromRevision: index })) ({ revision } = read);
    await store.append(stream, [event(index)], revision);
  }
}

async function clientReplay(client: EventStoreDBClient, count: number): Promise<void> {
  let seen = 0;
  for await (const { event: read } of client.readAll({ maxCount: count, credentials: CREDENTIALS, requiresLeader: true })) if (read) seen += 1;
  requireAll(seen, count);
}

async function storeReplay(store: EventStoreDbEventStore, count: number): Promise<void> {
  let seen = 0;
  for await (const { revision } of store.readAll({ maxCount: count })) if (revision >= 0) seen += 1;
  requireAll(seen, count);
}

function requireAll(seen: number, count: number): void {
  if (seen !== count) throw new Error(`${seen} of ${count} events were read.`);
}

async function fill(store: EventStoreDbEventStore, count: number, progress: (text: string) => void): Promise<void> {
  progress(`${count} events are written`);
  const stream = `bench-log-${randomUUID()}`;
  let revision = NO_STREAM;
  while (revision + 1 < count) ({ revision } = await store.append(stream, Array.from({ length: Math.min(500, count - revision - 1) }, (_, index) => event(index)), revision));
}

/** The event as the bare client sends it: as many bytes, without hash and checks. */
const bare = ({ id, type, data, metadata, occurredAt, schemaVersion }: EventToAppend): EventData =>
  jsonEvent({ id, type, data: { ...data }, metadata: { hash: '0'.repeat(64), metadata: { ...metadata }, occurredAt, schemaVersion } });

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
