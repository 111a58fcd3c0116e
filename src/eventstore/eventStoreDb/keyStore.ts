import { BACKWARDS, jsonEvent, NO_STREAM as SERVER_NO_STREAM, type ResolvedEvent, START as SERVER_START, StreamDeletedError, streamNameFilter, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject } from '../appendChecks';
import { type JsonObject, StoreUnavailable } from '../eventStore';
import { type Attempt, EventStoreDbConnection, type EventStoreDbOptions } from './connection';
import { FellSilent, toPortError } from './failures';
import type { KeptKey, KeyStore, Rewrapping, WrappedKey } from '../people/keyStore';
import { BATCH_EVENTS, Inbox } from './inbox';

/** Prefix of the streams of keys, which readers of the log do not see. */
export const KEY_PREFIX = 'key-';
const CHECK_STREAM = `${KEY_PREFIX}check`;
const ERASURES_STREAM = `${KEY_PREFIX}erasures`;
const RING_STREAM = `${KEY_PREFIX}ring`;
const KEY_TYPE = 'PersonKey';

/** Keys that are read at the same time. */
const ASKED_AT_ONCE = 32;
/** Erasures per page. */
const PAGE = 500;

/** An event of a key stream. */
interface Kept {
  readonly data: JsonObject;
  readonly revision: number;
}

const DELETED = Symbol('deleted');
type Outcome = 'written' | 'conflict';

/**
 * The keys of people in EventStoreDB, one stream per key. Erasing a person deletes the stream for good. Its bytes are gone
 * after the next scavenge of the server.
 */
export class EventStoreDbKeyStore implements KeyStore {
  readonly problem = null;
  readonly #connection: EventStoreDbConnection;
  /** Grows only with erasures, which an operator runs one by one. 100,000 of them take about 15 MB. */
  readonly #erased = new Map<string, number>();
  #erasuresRead = 0;
  #greatest = 0;

  constructor(options: EventStoreDbOptions) {
    this.#connection = new EventStoreDbConnection(options);
  }

  /** Does nothing: its server has the files. */
  probe(): void {}

  async keepCheck(check: string): Promise<string> {
    for (;;) {
      const kept = await this.#last(CHECK_STREAM);
      if (kept && kept !== DELETED) return textIn(kept.data, 'check');
      if ((await this.#append(CHECK_STREAM, 'KeyCheck', { check }, -1)) !== 'conflict') return check;
    }
  }

  async ring(): Promise<string | null> {
    const kept = await this.#last(RING_STREAM);
    return kept && kept !== DELETED ? textIn(kept.data, 'ring') : null;
  }

  /** @inheritdoc The rings of before are gone after the next scavenge of the server. */
  async keepRing(ring: string, before: string | null): Promise<boolean> {
    const kept = await this.#last(RING_STREAM);
    if (kept === DELETED || (kept ? textIn(kept.data, 'ring') : null) !== before) return false;
    await this.#keepLastOnly(RING_STREAM);
    return (await this.#append(RING_STREAM, 'KeyRing', { ring }, kept?.revision ?? -1)) === 'written';
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
    if ((await this.#append(KEY_PREFIX + id, KEY_TYPE, { wrapped }, -1)) !== 'conflict') return { wrapped };
    const kept = await this.#find(id);
    if (!kept) throw new StoreUnavailable(`the event store reports the key ${id} but does not return it`);
    return kept;
  }

  async *wrapped(): AsyncGenerator<readonly WrappedKey[], void, undefined> {
    const { subscriptions, credentials, closing } = this.#connection;
    const filter = streamNameFilter({ prefixes: [KEY_PREFIX] });
    const subscription = subscriptions.subscribeToAll({ fromPosition: SERVER_START, credentials, filter }, { highWaterMark: BATCH_EVENTS });
    const inbox = new Inbox<WrappedKey>(subscription, ({ event }) =>
      (event?.type === KEY_TYPE && isJsonObject(event.data) ? { id: event.streamId.slice(KEY_PREFIX.length), wrapped: textIn(event.data, 'wrapped') } : null));
    const stop = (): void => { inbox.end(new StoreUnavailable('the event store is closed')); };
    closing.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        const { events, caughtUp } = await inbox.take();
        if (events.length > 0) yield events;
        if (caughtUp) return;
      }
    } catch (error) {
      throw error instanceof StoreUnavailable ? error : toPortError(error);
    } finally {
      closing.removeEventListener('abort', stop);
      subscription.unsubscribe().catch(() => undefined);
      subscription.destroy();
    }
  }

  /** @inheritdoc What was replaced is gone after the next scavenge of the server. */
  async rewrap(changes: readonly Rewrapping[]): Promise<void> {
    for (let start = 0; start < changes.length; start += ASKED_AT_ONCE) {
      await Promise.all(changes.slice(start, start + ASKED_AT_ONCE).map(async ({ id, wrapped, before }) => {
        const stream = KEY_PREFIX + id;
        const kept = await this.#last(stream);
        if (!kept || kept === DELETED || textIn(kept.data, 'wrapped') !== before) return;
        await this.#keepLastOnly(stream);
        await this.#append(stream, KEY_TYPE, { wrapped }, kept.revision);
      }));
    }
  }

  async erase(ids: readonly string[]): Promise<number> {
    for (;;) {
      await this.#readErasures();
      const number = this.#numberOf(ids);
      if (number !== undefined && ids.every((id) => this.#erased.has(id))) {
        for (const id of ids) await this.#destroy(id);
        return number;
      }
      await this.#append(ERASURES_STREAM, 'PersonErased', { keys: ids, number: number ?? this.#greatest + 1 }, this.#erasuresRead - 1);
    }
  }

  async numberFor(ids: readonly string[]): Promise<number> {
    await this.#readErasures();
    return this.#numberOf(ids) ?? this.#greatest + 1;
  }

  async erasures(): Promise<number> {
    await this.#readErasures();
    return this.#erasuresRead;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #numberOf(ids: readonly string[]): number | undefined {
    return ids.map((id) => this.#erased.get(id)).find((known) => known !== undefined);
  }

  async #find(id: string): Promise<KeptKey | undefined> {
    const known = this.#erased.get(id);
    if (known !== undefined) return { erasedAs: known };
    const kept = await this.#last(KEY_PREFIX + id);
    if (kept !== DELETED) return kept && { wrapped: textIn(kept.data, 'wrapped') };
    await this.#readErasures();
    const number = this.#erased.get(id);
    if (number === undefined) throw new StoreUnavailable(`the key ${id} was deleted, but not by this service`);
    return { erasedAs: number };
  }

  /** Reads the erasures since the last call. */
  async #readErasures(): Promise<void> {
    for (;;) {
      const from = this.#erasuresRead;
      const events = await this.#read(ERASURES_STREAM, (ms) => ({ fromRevision: BigInt(from), maxCount: PAGE, deadline: ms }));
      if (events === DELETED || events.length === 0) return;
      for (const { data } of events) {
        const { keys, number } = data;
        if (!Array.isArray(keys) || typeof number !== 'number') continue;
        this.#greatest = Math.max(this.#greatest, number);
        for (const key of keys) this.#erased.set(String(key), number);
      }
      this.#erasuresRead = Math.max(this.#erasuresRead, from + events.length);
      if (events.length < PAGE) return;
    }
  }

  async #last(stream: string): Promise<Kept | typeof DELETED | undefined> {
    const events = await this.#read(stream, (ms) => ({ direction: BACKWARDS, fromRevision: 'end', maxCount: 1, deadline: ms }));
    return events === DELETED ? DELETED : events[0];
  }

  async #read(stream: string, options: (ms: number) => object): Promise<readonly Kept[] | typeof DELETED> {
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
    // Every attempt uses the same id, so that a lost answer does no harm.
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

  /** Lets the server forget all events of a stream but the last one. */
  async #keepLastOnly(stream: string): Promise<void> {
    const { credentials } = this.#connection;
    await this.#connection.append(async ({ ms }) => {
      await this.#connection.calls.setStreamMetadata(stream, { maxCount: 1 }, { credentials, requiresLeader: true, deadline: Math.ceil(ms) });
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

async function collected(events: AsyncIterable<ResolvedEvent>): Promise<readonly Kept[]> {
  const found: Kept[] = [];
  for await (const { event } of events) {
    const data: unknown = event?.data;
    if (event && isJsonObject(data)) found.push({ data, revision: Number(event.revision) });
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
  if (typeof value !== 'string') throw new StoreUnavailable(`a stream of keys holds an event without "${field}", which this service did not write`);
  return value;
};
