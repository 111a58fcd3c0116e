import { LRUCache } from 'lru-cache';
import type { LogPosition } from '../eventstore/eventStore';
import { Turns } from './turns';

/** A day's invitations to one address, over all apps, as the read models know them. */
export type SendsSeen = (keapIdNormalized: string, since: string) => readonly string[];

interface OwnSend {
  readonly at: string;
  readonly position: LogPosition;
}

const REMEMBERED_ADDRESSES = 10_000;

/**
 * How often a recipient was sent invitations. What this process has sent and the read models have not seen yet is added,
 * and those who invite the same address at once take turns, so that simultaneous invitations never pass the limit.
 */
export class RecipientSends {
  readonly #own = new LRUCache<string, readonly OwnSend[]>({ max: REMEMBERED_ADDRESSES });
  readonly #turns = new Turns();

  constructor(
    private readonly seen: SendsSeen,
    private readonly seenUpTo: () => LogPosition,
  ) {}

  /** Runs `work` when no other work for this address is under way. */
  inTurn<T>(keapIdNormalized: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(keapIdNormalized, work);
  }

  /** When this address was sent invitations since then, oldest first. */
  sentAt(keapIdNormalized: string, since: string): readonly string[] {
    const seenUpTo = this.seenUpTo();
    const unseen = (this.#own.get(keapIdNormalized) ?? []).filter((send) => send.position > seenUpTo);
    this.#own.set(keapIdNormalized, unseen);
    return [...this.seen(keapIdNormalized, since), ...unseen.map(({ at }) => at)];
  }

  /** Notes an invitation that this process has just sent. */
  note(keapIdNormalized: string, at: string, position: LogPosition): void {
    this.#own.set(keapIdNormalized, [...(this.#own.get(keapIdNormalized) ?? []), { at, position }]);
  }
}
