import { type AllStreamResolvedEvent, BACKWARDS, END, FORWARDS, type Position, type ResolvedEvent, START as SERVER_START, type StreamingRead, StreamNotFoundError } from '@eventstore/db-client';
import type { EventCodec } from '../eventCodec';
import { type ReadAllOptions, type ReadStreamOptions, type StoredEvent, StoreUnavailable } from '../eventStore';
import type { Attempt, EventStoreDbConnection } from './connection';
import { fromServerEvent, type ServerEvent } from './events';
import { FellSilent, isBadPosition } from './failures';
import { type EventStoreDbHeads, formatPosition, parsePosition } from './position';
import { KEY_PREFIX } from './keyStore';

/** The stream that holds the UUID of the log. Readers of the log do not see it. */
export const IDENTITY_STREAM = 'store-identity';

/** Events, and approximately bytes of data, per call. A call never stays open while the reader processes events. */
const PAGE_EVENTS = 1_000;
const PAGE_BYTES = 8 * 1024 * 1024;

/** Tells whether readers of the log see the stream. They see neither system streams nor the log's UUID nor keys. */
export const isVisible = (stream: string): boolean => !stream.startsWith('$') && stream !== IDENTITY_STREAM && !stream.startsWith(KEY_PREFIX);

interface Page<Cursor> {
  readonly events: readonly StoredEvent[];
  /** Start of the next page, null when there is none. */
  readonly next: Cursor | null;
}

class NoEventThere extends RangeError {
  override readonly name = 'NoEventThere';
}

type FetchPage<Cursor> = (cursor: Cursor, limit: number) => Promise<Page<Cursor>>;

/** The result of one call. */
interface Taken {
  readonly events: readonly StoredEvent[];
  readonly last: ServerEvent | undefined;
  /** True when the server had no more events. */
  readonly ended: boolean;
}

/** Reads page by page. A page that fails is read again, which is safe because no part of it was passed on. */
export class EventStoreDbReads {
  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly codec: EventCodec,
    private readonly heads: EventStoreDbHeads,
  ) {}

  /** The events of a stream, including the one at `fromRevision`. @param ready awaited before the first page. @throws RangeError for options out of range. */
  stream(stream: string, { fromRevision, maxCount = Infinity, backwards = false }: ReadStreamOptions, ready: () => Promise<unknown>): AsyncIterable<StoredEvent> {
    checkWhole('fromRevision', fromRevision ?? 0);
    checkMaxCount(maxCount);
    const page: FetchPage<number> = async (from, limit) => {
      const { events, last, ended } = await this.#streamPage(stream, from, limit, backwards);
      const next = Number(last?.revision ?? 0n) + (backwards ? -1 : 1);
      return { events, next: ended || next < 0 ? null : next };
    };
    return this.#walk(page, fromRevision ?? (backwards ? Infinity : 0), maxCount, ready);
  }

  /** The events of the log, without the one at `after`. @param ready awaited before the first page. @throws RangeError for options out of range. */
  all({ after, maxCount = Infinity, backwards = false }: ReadAllOptions, ready: () => Promise<unknown>): AsyncIterable<StoredEvent> {
    checkMaxCount(maxCount);
    const from = after === undefined ? null : parsePosition(after);
    const nothing = backwards && after !== undefined && from === null;
    return this.#walk<Position | null>((cursor, limit) => this.#logPage(cursor, limit, backwards), from, nothing ? 0 : maxCount, ready);
  }

  /** The event at that revision, undefined when there is none. */
  async event(stream: string, revision: number): Promise<StoredEvent | undefined> {
    return (await this.#streamPage(stream, revision, 1, false)).events[0];
  }

  /** The stream's last event, undefined when there is none. */
  async lastEvent(stream: string): Promise<StoredEvent | undefined> {
    return (await this.#streamPage(stream, Infinity, 1, true)).events[0];
  }

  /** Tells whether the log has an event at exactly this position. */
  async isEventAt(position: Position): Promise<boolean> {
    try {
      const { last } = await this.connection.read((attempt) => this.#takeLog(position, 1, false, attempt));
      return last?.position?.commit === position.commit && last.position.prepare === position.prepare;
    } catch (error) {
      if (error instanceof NoEventThere) return false;
      throw error;
    }
  }

  get #options(): { readonly credentials: EventStoreDbConnection['credentials']; readonly requiresLeader: true } {
    return { credentials: this.connection.credentials, requiresLeader: true };
  }

  async #streamPage(stream: string, from: number, limit: number, backwards: boolean): Promise<Taken> {
    const direction = backwards ? BACKWARDS : FORWARDS;
    const fromRevision = from === Infinity ? END : BigInt(from);
    try {
      const taken = await this.connection.read((attempt) =>
        this.#take(this.connection.calls.readStream(stream, { ...this.#options, fromRevision, direction, maxCount: limit }), limit, () => true, attempt));
      const newest = backwards ? taken.events[0] : taken.events.at(-1);
      if (newest) this.heads.note(newest);
      return taken;
    } catch (error) {
      if (error instanceof StreamNotFoundError) return { events: [], last: undefined, ended: true };
      throw error;
    }
  }

  /** Reads a page of the log. The server includes the start position when reading forwards, and streams that readers do not see. */
  async #logPage(from: Position | null, limit: number, backwards: boolean): Promise<Page<Position | null>> {
    const count = limit + (from && !backwards ? 1 : 0);
    const { events, last, ended } = await this.connection.read((attempt) => this.#takeLog(from, count, backwards, attempt));
    const seen = from && !backwards ? formatPosition(from) : '';
    return { events: events.filter(({ position }) => position !== seen), next: ended ? null : (last?.position ?? null) };
  }

  async #takeLog(from: Position | null, maxCount: number, backwards: boolean, attempt: Attempt): Promise<Taken> {
    const fromPosition = from ?? (backwards ? END : SERVER_START);
    const direction = backwards ? BACKWARDS : FORWARDS;
    try {
      return await this.#take(this.connection.calls.readAll({ ...this.#options, fromPosition, direction, maxCount }), maxCount, isVisible, attempt);
    } catch (error) {
      if (from && isBadPosition(error)) throw new NoEventThere(`no event stands at the position ${formatPosition(from)}`, { cause: error });
      throw error;
    }
  }

  async *#walk<Cursor>(page: FetchPage<Cursor>, first: Cursor, maxCount: number, ready: () => Promise<unknown>): AsyncGenerator<StoredEvent, void, undefined> {
    this.connection.requireOpen();
    await ready();
    let left = maxCount;
    let limit = 0;
    let coming = left === 0 ? null : this.#fetch(page, first, left);
    while (coming) {
      const { events, next }: Page<Cursor> = await coming;
      left -= events.length;
      // Hidden events must not cause many small pages.
      limit = events.length === 0 ? PAGE_EVENTS : left;
      // The next page is read while the reader processes this one.
      coming = next === null || left <= 0 ? null : this.#fetch(page, next, limit);
      coming?.catch(() => undefined);
      for (const event of left < 0 ? events.slice(0, left) : events) yield event;
    }
  }

  async #fetch<Cursor>(page: FetchPage<Cursor>, cursor: Cursor, limit: number): Promise<Page<Cursor>> {
    this.connection.requireOpen();
    return page(cursor, Math.min(limit, PAGE_EVENTS));
  }

  /** Reads up to `limit` events of a call, or one page. @throws Error when the call fails or times out. */
  async #take(read: StreamingRead<ResolvedEvent> | StreamingRead<AllStreamResolvedEvent>, limit: number, wanted: (stream: string) => boolean, { ms }: Attempt): Promise<Taken> {
    const { closing } = this.connection;
    const events: StoredEvent[] = [];
    let last: ServerEvent | undefined;
    let count = 0;
    let bytes = 0;
    const onClose = (): void => { read.emit('error', new StoreUnavailable('the event store is closed')); };
    const silence = setTimeout(() => { read.emit('error', new FellSilent(`nothing was received for ${Math.ceil(ms)} ms`)); }, ms);
    closing.addEventListener('abort', onClose, { once: true });
    try {
      const ended = await new Promise<boolean>((resolve, reject) => {
        read.on('error', reject);
        read.on('end', () => { resolve(count < limit); });
        read.on('data', ({ event }: ResolvedEvent | AllStreamResolvedEvent) => {
          silence.refresh();
          count += 1;
          if (!event || bytes >= PAGE_BYTES) return;
          last = event;
          if (!wanted(event.streamId)) return;
          try {
            const stored = fromServerEvent(this.codec, event);
            bytes += stored.dataJson.length;
            events.push(stored);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
          if (bytes >= PAGE_BYTES) resolve(false);
        });
      });
      return { events, last, ended };
    } finally {
      clearTimeout(silence);
      closing.removeEventListener('abort', onClose);
      read.cancel().catch(() => undefined);
    }
  }
}

function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is ${value}; it is a whole number from 0`);
}

function checkMaxCount(value: number): void {
  if (value !== Infinity) checkWhole('maxCount', value);
}
