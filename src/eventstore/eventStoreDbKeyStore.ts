import { BACKWARDS, jsonEvent, NO_STREAM as SERVER_NO_STREAM, StreamDeletedError, StreamNotFoundError, WrongExpectedVersionError, type ResolvedEvent } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject } from './appendChecks';
import { StoreUnavailable, type JsonObject } from './eventStore';
import { EventStoreDbConnection, type Attempt, type EventStoreDbOptions } from './eventStoreDbConnection';
import { FellSilent } from './eventStoreDbFailures';
import type { KeptKey, KeyStore } from './keyStore';

/** Streams of keys are no part of the log that others see. */
export const KEY_PREFIX = 'key-';
const CHECK_STREAM = `${KEY_PREFIX}check`;
const ERASURES_STREAM = `${KEY_PREFIX}erasures`;

/** So many keys are asked for at the same time. */
const ASKED_AT_ONCE = 32;
/** So many erasures are read at once. */
const PAGE = 500;

const DELETED = Symbol('deleted');
type Outcome = 'written' | 'conflict';

/**
 * The keys of people on the server that keeps the events: a stream a key, which is deleted for good when the person is
 * erased. Its bytes are gone once the server was scavenged.
 */
export class EventStoreDbKeyStore implements KeyStore {
  readonly #connection: EventStoreDbConnection;
  /** Grows with nothing but erasures, which an operator makes one by one: 100,000 of them take about 15 MB. */
  readonly #erased = new Map<string, number>();
  #erasuresRead = 0;
  #greatest = 0;

  constructor(options: EventStoreDbOptions) {
    this.#connection = new EventStoreDbConnection(options);
  }

  async keepCheck(check: string): Promise<string> {
    for (;;) {
      const kept = await this.#last(CHECK_STREAM);
      if (kept && kept !== DELETED) return textIn(kept, 'check');
      if ((await this.#append(CHECK_STREAM, 'KeyCheck', { check }, -1)) !== 'conflict') return check;
    }
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, KeptKey>> {
    const found = new Map<string, KeptKey>();
    for (let start = 0; start < ids.length; start += ASKED_AT_ONCE) {
      await Promise.all(ids.slice(start, start + ASKED_AT_ONCE).map(async (id) => {
        const kept = await this.#find(id);
        if (kept) found.set(id, kept);
      }));
    }
    return found;
  }

  async add(id: string, wrapped: string): Promise<KeptKey> {
    if ((await this.#append(KEY_PREFIX + id, 'PersonKey', { wrapped }, -1)) !== 'conflict') return { wrapped };
    const kept = await this.#find(id);
    if (!kept) throw new StoreUnavailable(`the event store does not hold the key ${id}, which it says is there`);
    return kept;
  }

  async erase(ids: readonly string[]): Promise<number> {
    for (;;) {
      await this.#readErasures();
      const number = ids.map((id) => this.#erased.get(id)).find((known) => known !== undefined);
      if (number !== undefined && ids.every((id) => this.#erased.has(id))) {
        for (const id of ids) await this.#destroy(id);
        return number;
      }
      await this.#append(ERASURES_STREAM, 'PersonErased', { keys: ids, number: number ?? this.#greatest + 1 }, this.#erasuresRead - 1);
    }
  }

  async erasures(): Promise<number> {
    await this.#readErasures();
    return this.#erasuresRead;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #find(id: string): Promise<KeptKey | undefined> {
    const known = this.#erased.get(id);
    if (known !== undefined) return { erasedAs: known };
    const kept = await this.#last(KEY_PREFIX + id);
    if (kept !== DELETED) return kept && { wrapped: textIn(kept, 'wrapped') };
    await this.#readErasures();
    const number = this.#erased.get(id);
    if (number === undefined) throw new StoreUnavailable(`the key ${id} was deleted by somebody else than this service`);
    return { erasedAs: number };
  }

  /** What was erased since it was last asked for. */
  async #readErasures(): Promise<void> {
    for (;;) {
      const from = this.#erasuresRead;
      const events = await this.#read(ERASURES_STREAM, (ms) => ({ fromRevision: BigInt(from), maxCount: PAGE, deadline: ms }));
      if (events === DELETED || events.length === 0) return;
      for (const data of events) {
        const { keys, number } = data;
        if (!Array.isArray(keys) || typeof number !== 'number') continue;
        this.#greatest = Math.max(this.#greatest, number);
        for (const key of keys) this.#erased.set(String(key), number);
      }
      this.#erasuresRead = Math.max(this.#erasuresRead, from + events.length);
      if (events.length < PAGE) return;
    }
  }

  async #last(stream: string): Promise<JsonObject | typeof DELETED | undefined> {
    const events = await this.#read(stream, (ms) => ({ direction: BACKWARDS, fromRevision: 'end', maxCount: 1, deadline: ms }));
    return events === DELETED ? DELETED : events[0];
  }

  async #read(stream: string, options: (ms: number) => object): Promise<readonly JsonObject[] | typeof DELETED> {
    const { credentials } = this.#connection;
    return this.#connection.read(async ({ ms }) => {
      try {
        return await within(ms, collected(this.#connection.calls.readStream(stream, { ...options(Math.ceil(ms)), credentials, requiresLeader: true })));
      } catch (error) {
        if (error instanceof StreamDeletedError) return DELETED;
        if (error instanceof StreamNotFoundError) return [];
        throw error;
      }
    });
  }

  async #append(stream: string, type: string, data: JsonObject, expectedRevision: number): Promise<Outcome> {
    const { credentials } = this.#connection;
    // The same id in every attempt, so that an answer that was lost does no harm.
    const event = jsonEvent({ id: randomUUID(), type, data: { ...data } });
    return this.#connection.append(async ({ ms }: Attempt) => {
      try {
        await this.#connection.calls.appendToStream(stream, event, {
          expectedRevision: expectedRevision === -1 ? SERVER_NO_STREAM : BigInt(expectedRevision), credentials, requiresLeader: true, deadline: Math.ceil(ms),
        });
        return 'written';
      } catch (error) {
        if (error instanceof WrongExpectedVersionError || error instanceof StreamDeletedError) return 'conflict';
        throw error;
      }
    });
  }

  async #destroy(id: string): Promise<void> {
    const { credentials } = this.#connection;
    await this.#connection.append(async ({ ms }) => {
      try {
        await this.#connection.calls.tombstoneStream(KEY_PREFIX + id, { credentials, requiresLeader: true, deadline: Math.ceil(ms) });
      } catch (error) {
        if (!(error instanceof StreamDeletedError)) throw error;
      }
    });
  }
}

async function collected(events: AsyncIterable<ResolvedEvent>): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  for await (const { event } of events) {
    const data: unknown = event?.data;
    if (isJsonObject(data)) found.push(data);
  }
  return found;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  try {
    return await Promise.race([work, pause(ms, undefined, { ref: false, signal: done.signal }).then(() => { throw new FellSilent(`nothing came for ${Math.ceil(ms)} ms`); })]);
  } finally {
    done.abort();
    work.catch(() => undefined);
  }
}

const textIn = (data: JsonObject, field: string): string => {
  const value = data[field];
  if (typeof value !== 'string') throw new StoreUnavailable(`a stream of keys holds an event without "${field}", which this service has not written`);
  return value;
};
