import type { AllStreamResolvedEvent, AllStreamSubscription } from '@eventstore/db-client';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Signal } from '../../concurrency';

/** Events per batch. At this many unread events the subscription is paused. */
export const BATCH_EVENTS = 512;

/** What an inbox received, and whether it was all that the server holds for now. */
interface Received<Item> {
  readonly events: readonly Item[];
  readonly caughtUp: boolean;
}

/** Received events, and whether the server has reported that there are no more for now. */
export class Inbox<Item> {
  #events: Item[] = [];
  #arrived = 0;
  #caughtUpAt: number | null = null;
  #said = false;
  #end: { readonly error: unknown } | null = null;
  readonly #changed = new Signal();

  constructor(
    private readonly subscription: AllStreamSubscription,
    decode: (event: AllStreamResolvedEvent) => Item | null,
  ) {
    subscription.on('error', (error) => { this.end(error); });
    subscription.on('end', () => { this.end(new Error('the server ended the subscription')); });
    subscription.on('caughtUp', () => {
      // Events in the stream's own buffer come before this notice.
      this.#caughtUpAt = this.#arrived + subscription.readableLength;
      this.#changed.notify();
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
      this.#changed.notify();
    });
  }

  /** Ends the inbox. Received events can still be taken. */
  end(error: unknown): void {
    this.#end ??= { error };
    this.#changed.notify();
  }

  /** Returns received events, as soon as there are any. @throws Error when the subscription has ended. */
  async take(): Promise<Received<Item>> {
    for (;;) {
      // Events that arrive in the same turn of the event loop join the batch.
      if (this.#events.length > 0) await nextTurn();
      const events = this.#events.splice(0, BATCH_EVENTS);
      if (this.#events.length === 0) this.subscription.resume();
      const caughtUp = this.#caughtUpAt !== null && this.#arrived >= this.#caughtUpAt && this.#events.length === 0;
      if (events.length > 0 || (caughtUp && !this.#said)) {
        this.#said ||= caughtUp;
        return { events, caughtUp };
      }
      if (this.#end) throw this.#end.error;
      await this.#changed.wait();
    }
  }
}
