import { type AllStreamResolvedEvent, BACKWARDS, END, FORWARDS, type Position, type ResolvedEvent, START as SERVER_START, type StreamingRead, StreamNotFoundError } from '@eventstore/db-client';
import type { EventCodec } from '../eventCodec';
import { type ReadAllOptions, type ReadStreamOptions, type StoredEvent, StoreUnavailable } from '../eventStore';
import type { Attempt, EventStoreDbConnection } from './connection';
import { Arrivals } from './arrivals';
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

class NoEventThere extends RangeError {
  override readonly name = 'NoEventThere';
}

/** Receives an event of a call, and returns about how many bytes it holds. */
type Receive = (event: ServerEvent) => number;
type Deliver = (event: StoredEvent) => void;

/** Reads a page and delivers its events as they arrive. Returns the start of the next page, null when there is none. */
type ReadPage<Cursor> = (cursor: Cursor, limit: number, deliver: Deliver) => Promise<Cursor | null>;

/**
 * Reads page by page. Events are passed on as they arrive, so that most are dropped again while they are young for the garbage collector. A
 * page that breaks off is continued after the last event that arrived.
 */
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
    const page: ReadPage<number> = async (from, limit, deliver) => this.#streamPage(stream, from, limit, backwards, deliver);
    return this.#walk(page, fromRevision ?? (backwards ? Infinity : 0), maxCount, ready);
  }

  /** The events of the log, without the one at `after`. @param ready awaited before the first page. @throws RangeError for options out of range. */
  all({ after, maxCount = Infinity, backwards = false }: ReadAllOptions, ready: () => Promise<unknown>): AsyncIterable<StoredEvent> {
    checkMaxCount(maxCount);
    const from = after === undefined ? null : parsePosition(after);
    const nothing = backwards && after !== undefined && from === null;
    return this.#walk<Position | null>((cursor, limit, deliver) => this.#logPage(cursor, limit, backwards, deliver), from, nothing ? 0 : maxCount, ready);
  }

  /** The event at that revision, undefined when there is none. */
  async event(stream: string, revision: number): Promise<StoredEvent | undefined> {
    return this.#one(stream, revision, false);
  }

  /** The stream's last event, undefined when there is none. */
  async lastEvent(stream: string): Promise<StoredEvent | undefined> {
    return this.#one(stream, Infinity, true);
  }

  async #one(stream: string, revision: number, backwards: boolean): Promise<StoredEvent | undefined> {
    let found: StoredEvent | undefined;
    await this.#streamPage(stream, revision, 1, backwards, (event) => { found = event; });
    return found;
  }

  /** Tells whether the log has an event at exactly this position. */
  async isEventAt(position: Position): Promise<boolean> {
    try {
      let last: ServerEvent | undefined;
      await this.connection.read((attempt) => this.#takeLog(position, 1, false, attempt, (event) => {
        last = event;
        return 0;
      }));
      return last?.position?.commit === position.commit && last.position.prepare === position.prepare;
    } catch (error) {
      if (error instanceof NoEventThere) return false;
      throw error;
    }
  }

  get #options(): { readonly credentials: EventStoreDbConnection['credentials']; readonly requiresLeader: true } {
    return { credentials: this.connection.credentials, requiresLeader: true };
  }

  async #streamPage(stream: string, from: number, limit: number, backwards: boolean, deliver: Deliver): Promise<number | null> {
    const direction = backwards ? BACKWARDS : FORWARDS;
    const step = backwards ? -1 : 1;
    let next = from;
    let newest: StoredEvent | undefined;
    let left = limit;
    const receive = (event: ServerEvent): number => {
      const stored = fromServerEvent(this.codec, event);
      next = stored.revision + step;
      left -= 1;
      newest = backwards ? (newest ?? stored) : stored;
      // Noted before it is passed on, because the reader may stop at this event and append.
      if (backwards ? newest === stored : left === 0) this.heads.note(newest);
      deliver(stored);
      return stored.dataJson.length;
    };
    try {
      const ended = await this.connection.read((attempt) => {
        const fromRevision = next === Infinity ? END : BigInt(next);
        return this.#take(this.connection.calls.readStream(stream, { ...this.#options, fromRevision, direction, maxCount: left }), left, receive, attempt);
      });
      if (newest && !backwards) this.heads.note(newest);
      return ended || next < 0 ? null : next;
    } catch (error) {
      if (error instanceof StreamNotFoundError) return null;
      throw error;
    }
  }

  /** Reads a page of the log. The server includes the start position when reading forwards, and streams that readers do not see. */
  async #logPage(from: Position | null, limit: number, backwards: boolean, deliver: Deliver): Promise<Position | null> {
    let next = from;
    const ended = await this.connection.read((attempt) => {
      const seen = backwards ? undefined : next?.commit;
      return this.#takeLog(next, limit + (seen === undefined ? 0 : 1), backwards, attempt, (event) => {
        next = event.position ?? next;
        if (event.position?.commit === seen || !isVisible(event.streamId)) return 0;
        const stored = fromServerEvent(this.codec, event);
        deliver(stored);
        return stored.dataJson.length;
      });
    });
    return ended ? null : next;
  }

  async #takeLog(from: Position | null, maxCount: number, backwards: boolean, attempt: Attempt, receive: Receive): Promise<boolean> {
    const fromPosition = from ?? (backwards ? END : SERVER_START);
    const direction = backwards ? BACKWARDS : FORWARDS;
    try {
      return await this.#take(this.connection.calls.readAll({ ...this.#options, fromPosition, direction, maxCount }), maxCount, receive, attempt);
    } catch (error) {
      if (from && isBadPosition(error)) throw new NoEventThere(`no event stands at the position ${formatPosition(from)}`, { cause: error });
      throw error;
    }
  }

  async *#walk<Cursor>(page: ReadPage<Cursor>, first: Cursor, maxCount: number, ready: () => Promise<unknown>): AsyncGenerator<StoredEvent, void, undefined> {
    this.connection.requireOpen();
    await ready();
    const arrivals = new Arrivals<StoredEvent>();
    void this.#readOn(page, first, maxCount, arrivals);
    try {
      for (let events = await arrivals.take(); events !== null; events = await arrivals.take()) for (const event of events) yield event;
    } finally {
      arrivals.stop();
    }
  }

  /** Reads pages until there are enough events. The next page is read while the reader processes what has arrived of the one before. */
  async #readOn<Cursor>(page: ReadPage<Cursor>, first: Cursor, maxCount: number, arrivals: Arrivals<StoredEvent>): Promise<void> {
    let left = maxCount;
    let hidden = false;
    const deliver: Deliver = (event) => {
      hidden = false;
      if (left > 0) arrivals.add(event);
      left -= 1;
    };
    try {
      for (let next: { readonly cursor: Cursor } | null = { cursor: first }; next !== null && left > 0 && (await arrivals.taken());) {
        this.connection.requireOpen();
        // Hidden events must not cause many small pages.
        const limit = Math.min(hidden ? PAGE_EVENTS : left, PAGE_EVENTS);
        hidden = true;
        const cursor: Cursor | null = await page(next.cursor, limit, deliver);
        next = cursor === null ? null : { cursor };
      }
      arrivals.end(null);
    } catch (error) {
      arrivals.end({ error });
    }
  }

  /** Reads up to `limit` events of a call, or one page. Returns whether the server had no more. @throws Error when the call fails or times out. */
  async #take(read: StreamingRead<ResolvedEvent> | StreamingRead<AllStreamResolvedEvent>, limit: number, receive: Receive, { ms }: Attempt): Promise<boolean> {
    const { closing } = this.connection;
    let count = 0;
    let bytes = 0;
    let failed = false;
    const onClose = (): void => { read.emit('error', new StoreUnavailable('the event store is closed')); };
    const silence = setTimeout(() => { read.emit('error', new FellSilent(`nothing was received for ${Math.ceil(ms)} ms`)); }, ms);
    closing.addEventListener('abort', onClose, { once: true });
    try {
      return await new Promise<boolean>((resolve, reject) => {
        const fail = (error: unknown): void => {
          failed = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        };
        read.on('error', fail);
        read.on('end', () => { resolve(count < limit); });
        read.on('data', ({ event }: ResolvedEvent | AllStreamResolvedEvent) => {
          silence.refresh();
          count += 1;
          // Another attempt may be running already, which continues after the last event that was received.
          if (!event || bytes >= PAGE_BYTES || failed) return;
          try {
            bytes += receive(event);
          } catch (error) {
            fail(error);
          }
          if (bytes >= PAGE_BYTES) resolve(false);
        });
      });
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
