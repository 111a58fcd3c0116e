import { START as SERVER_START, streamNameFilter } from '@eventstore/db-client';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { isAborted } from '../../concurrency';
import type { EventCodec } from '../eventCodec';
import { type EventBatch, type LogPosition, type StoredEvent, StoreUnavailable } from '../eventStore';
import type { EventStoreDbConnection } from './connection';
import { fromServerEvent } from './events';
import { BATCH_EVENTS, Inbox } from './inbox';
import { failureKind, isBadPosition } from './failures';
import { type EventStoreDbHeads, parsePosition } from './position';
import type { EventStoreDbIdentity } from './identity';
import { isVisible } from './reads';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/** Everything but the server's own streams. */
const OWN_STREAMS = '^[^$]';

/** Follows the log, and resubscribes after the last event whenever the server ends the subscription. */
export class EventStoreDbSubscription {
  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly identity: EventStoreDbIdentity,
    private readonly codec: EventCodec,
    private readonly heads: EventStoreDbHeads,
  ) {}

  /** @throws RangeError for an invalid position. @throws StoreUnavailable when the store is closed, or has become another log. */
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

  /** One subscription of the server. It ends with an error, or without one when the signal aborts. */
  async *#connected(position: LogPosition, stopping: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    if (isAborted(stopping)) return;
    const { subscriptions: client, credentials } = this.connection;
    const fromPosition = parsePosition(position) ?? SERVER_START;
    const filter = streamNameFilter({ regex: OWN_STREAMS });
    const subscription = client.subscribeToAll({ fromPosition, credentials, filter }, { highWaterMark: BATCH_EVENTS });
    const inbox = new Inbox<StoredEvent>(subscription, ({ event }) => (event && isVisible(event.streamId) ? fromServerEvent(this.codec, event) : null));
    subscription.on('confirmation', () => { this.connection.succeeded(); });
    const stop = (): void => { inbox.end(null); };
    stopping.addEventListener('abort', stop, { once: true });
    const stay = this.connection.onLeft(() => { inbox.end(new Error('the connection was replaced')); });
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

  /** Decides about a failure: returns when the subscription should be retried, throws otherwise. */
  #consider(error: unknown): void {
    if (this.connection.replaced) throw this.connection.replaced;
    if (error instanceof StoreUnavailable) return;
    // A position that the server refuses is checked before the next attempt.
    if (failureKind(error) === 'refused' && !isBadPosition(error)) throw this.connection.refusedBy(error);
    this.connection.failed(error);
  }
}

/** Waits for the work or for the signal, whichever comes first. */
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
