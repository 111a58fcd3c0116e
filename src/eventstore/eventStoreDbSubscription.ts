import { START as SERVER_START, streamNameFilter, type AllStreamResolvedEvent, type AllStreamSubscription } from '@eventstore/db-client';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { EventCodec } from './eventCodec';
import { StoreUnavailable, type EventBatch, type LogPosition, type StoredEvent } from './eventStore';
import type { EventStoreDbConnection } from './eventStoreDbConnection';
import { fromServerEvent } from './eventStoreDbEvents';
import { failureKind, isBadPosition, toPortError } from './eventStoreDbFailures';
import type { EventStoreDbHeads } from './eventStoreDbHeads';
import type { EventStoreDbIdentity } from './eventStoreDbIdentity';
import { parsePosition } from './eventStoreDbPosition';
import { isVisible } from './eventStoreDbReads';

/** Most events in a batch. Beyond twice as many the server is made to wait. */
const BATCH_EVENTS = 512;

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/** Everything but the server's own streams. */
const OWN_STREAMS = '^[^$]';

/** Events as they come in, and whether the server has said that there are no more for now. */
class Inbox {
  #events: StoredEvent[] = [];
  #arrived = 0;
  #caughtUpAt: number | null = null;
  #said = false;
  #end: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;

  constructor(
    private readonly subscription: AllStreamSubscription,
    decode: (event: AllStreamResolvedEvent) => StoredEvent | null,
  ) {
    subscription.on('error', (error) => { this.end(error); });
    subscription.on('end', () => { this.end(new Error('the server ended the subscription')); });
    subscription.on('caughtUp', () => {
      // What stands in the stream's own buffer comes before this.
      this.#caughtUpAt = this.#arrived + subscription.readableLength;
      this.#wake();
    });
    subscription.on('data', (event: AllStreamResolvedEvent) => {
      this.#arrived += 1;
      try {
        const stored = decode(event);
        if (stored) this.#events.push(stored);
      } catch (error) {
        this.end(error);
      }
      if (this.#events.length >= BATCH_EVENTS) subscription.pause();
      this.#wake();
    });
  }

  /** Nothing more comes; what is there can still be taken. */
  end(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** What has arrived, as soon as something has. @throws Error when the subscription has ended. */
  async take(): Promise<EventBatch> {
    for (;;) {
      // What is on its way in the same turn belongs to the same batch.
      if (this.#events.length > 0) await nextTurn();
      const events = this.#events.splice(0, BATCH_EVENTS);
      if (this.#events.length === 0) this.subscription.resume();
      const caughtUp = this.#caughtUpAt !== null && this.#arrived >= this.#caughtUpAt && this.#events.length === 0;
      if (events.length > 0 || (caughtUp && !this.#said)) {
        this.#said ||= caughtUp;
        return { events, caughtUp };
      }
      if (this.#end) throw this.#end.error;
      await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }
}

/** Follows the log, and begins again where it was whenever the server drops it, which it does in many ways. */
export class EventStoreDbSubscription {
  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly identity: EventStoreDbIdentity,
    private readonly codec: EventCodec,
    private readonly heads: EventStoreDbHeads,
  ) {}

  /** @throws RangeError for a text that is no position. @throws StoreUnavailable when the store is closed, or has become another log. */
  async *follow(after: LogPosition, signal: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    parsePosition(after);
    const { closing } = this.connection;
    const stopping = new AbortController();
    const stop = (): void => { stopping.abort(); };
    signal.addEventListener('abort', stop);
    closing.addEventListener('abort', stop);
    if (signal.aborted || closing.aborted) stop();
    try {
      yield* this.#untilStopped(after, stopping.signal);
    } finally {
      signal.removeEventListener('abort', stop);
      closing.removeEventListener('abort', stop);
    }
    if (!signal.aborted) this.connection.requireOpen();
  }

  async *#untilStopped(after: LogPosition, stopping: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    let position = after;
    let failures = 0;
    while (!stopping.aborted) {
      this.connection.requireOpen();
      try {
        await unlessAborted(this.identity.confirm(position), stopping);
        for await (const batch of this.#connected(position, stopping)) {
          failures = 0;
          position = batch.events.at(-1)?.position ?? position;
          yield batch;
          if (isAborted(stopping)) return;
        }
      } catch (error) {
        this.#consider(error);
      }
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.5 + Math.random()), undefined, { signal: stopping }).catch(() => undefined);
      failures = Math.min(failures + 1, 10);
    }
  }

  /** One subscription of the server, until it ends, with an error, or the signal aborts, without. */
  async *#connected(position: LogPosition, stopping: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    if (isAborted(stopping)) return;
    const { subscriptions: client, credentials } = this.connection;
    const fromPosition = parsePosition(position) ?? SERVER_START;
    const filter = streamNameFilter({ regex: OWN_STREAMS });
    const subscription = client.subscribeToAll({ fromPosition, credentials, filter }, { highWaterMark: BATCH_EVENTS });
    const inbox = new Inbox(subscription, ({ event }) => (event && isVisible(event.streamId) ? fromServerEvent(this.codec, event) : null));
    subscription.on('confirmation', () => { this.connection.succeeded(); });
    const stop = (): void => { inbox.end(null); };
    stopping.addEventListener('abort', stop, { once: true });
    const stay = this.connection.onLeft(() => { inbox.end(new Error('the connection was left')); });
    try {
      for (;;) {
        const batch = await inbox.take();
        for (const event of batch.events) this.heads.note(event);
        yield batch;
      }
    } catch (error) {
      if (!stopping.aborted) throw error;
    } finally {
      stay();
      stopping.removeEventListener('abort', stop);
      subscription.unsubscribe().catch(() => undefined);
      subscription.destroy();
    }
  }

  /** Takes a failure as a reason to try again, or throws it. */
  #consider(error: unknown): void {
    if (this.connection.replaced) throw this.connection.replaced;
    if (error instanceof StoreUnavailable) return;
    // A position that the server refuses is looked at before the next attempt.
    if (failureKind(error) === 'refused' && !isBadPosition(error)) throw toPortError(error);
    this.connection.failed(error);
  }
}

/** Asked in a function, since the compiler takes the answer from before an `await` for granted. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** Waits for the work, or for the signal, whichever is first. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const stopWaiting = new AbortController();
  const aborted = once(signal, 'abort', { signal: stopWaiting.signal });
  try {
    await Promise.race([work, aborted]);
  } finally {
    stopWaiting.abort();
    aborted.catch(() => undefined);
    work.catch(() => undefined);
  }
}
