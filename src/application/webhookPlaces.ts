import { DomainError } from '../domain/domainError';
import type { WebhookPlaceEvent } from '../domain/events';
import { WEBHOOKS_STREAM, webhookStream } from '../domain/streamNames';
import { NO_STREAM, type EventStore, type StoredEvent } from '../eventstore/eventStore';
import type { WebhooksQueries } from '../projections/webhooksQueries';
import { MAX_WEBHOOKS } from '../projections/webhooksRows';
import { appendInRun } from './appendInRun';
import { notBefore, type Clock } from './clock';
import { stepOf, type CommandRun } from './commandRun';
import { untilNoConflict } from './optimisticLoop';
import { toRecorded } from './recordedEvent';
import { Turns } from './turns';

type Registered = Extract<WebhookPlaceEvent, { readonly type: 'WebhookRegistered' }>;

/** Where a webhook was registered. */
interface Place {
  readonly position: string;
  readonly occurredAt: string;
}

interface FoldedPlaces {
  readonly taken: Map<string, Place>;
  revision: number;
  lastOccurredAt: string;
}

/**
 * The places that there are for webhooks, in a stream of their own: whoever takes one appends at the revision that was
 * seen, so that there are never more, however many come at once. A place is freed after its webhook was removed.
 */
export class WebhookPlaces {
  readonly #places: FoldedPlaces = { taken: new Map(), revision: NO_STREAM, lastOccurredAt: '' };
  readonly #turns = new Turns();

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly webhooks: Pick<WebhooksQueries, 'byId'>,
  ) {}

  /** Since when the webhook has a place; undefined where it has none. */
  async takenBy(webhookId: string): Promise<string | undefined> {
    return (await this.#load()).taken.get(webhookId)?.occurredAt;
  }

  /**
   * Registers a webhook. The same run again is the same registration, also after the webhook was removed.
   * @returns the position of the registration. @throws DomainError `INVALID_INPUT` when there is no place.
   */
  take(registered: Registered['data'], run: CommandRun): Promise<string> {
    return this.#changed(async () => {
      const earlier = await this.#earlier(run);
      if (earlier !== null) return earlier;
      const places = await this.#load();
      if (places.taken.size < MAX_WEBHOOKS) return this.#append(places, [{ type: 'WebhookRegistered', data: registered }], run);
      const left = await this.#removed(places);
      if (left.length === 0) throw new DomainError('INVALID_INPUT', `There are ${MAX_WEBHOOKS} webhooks, which is all that there may be. Remove one.`, { field: 'url' });
      await this.#free(left, stepOf(run, 'left places'));
      return this.#append(await this.#load(), [{ type: 'WebhookRegistered', data: registered }], run);
    });
  }

  /** Frees the place of a webhook that was removed; nothing happens where it has none. */
  async free(webhookId: string, run: CommandRun): Promise<void> {
    await this.#changed(() => this.#free([webhookId], run));
  }

  #changed<T>(attempt: () => Promise<T>): Promise<T> {
    return this.#turns.take(WEBHOOKS_STREAM, () => untilNoConflict(attempt));
  }

  async #free(webhookIds: readonly string[], run: CommandRun): Promise<void> {
    const places = await this.#load();
    const events = webhookIds.filter((webhookId) => places.taken.has(webhookId)).map((webhookId): WebhookPlaceEvent => ({ type: 'WebhookPlaceFreed', data: { webhookId } }));
    if (events.length > 0) await this.#append(places, events, run);
  }

  /** Those that were removed by somebody who did not come to free their place. */
  async #removed({ taken }: FoldedPlaces): Promise<readonly string[]> {
    const removed: string[] = [];
    // One that was just registered is not known to the read models either, so that the log has the last word.
    for (const webhookId of [...taken.keys()].filter((one) => !this.webhooks.byId(one))) {
      for await (const { type } of this.store.readStream(webhookStream(webhookId), { backwards: true, maxCount: 1 })) if (type === 'WebhookRemoved') removed.push(webhookId);
    }
    return removed;
  }

  /** Where the same command wrote before a crash; null where it did not. */
  async #earlier({ commandId, begunAt }: CommandRun): Promise<string | null> {
    if (begunAt === undefined) return null;
    for await (const { metadata, occurredAt, position } of this.store.readStream(WEBHOOKS_STREAM, { backwards: true })) {
      if (metadata.commandId === commandId) return position;
      if (occurredAt < begunAt) break;
    }
    return null;
  }

  async #load(): Promise<FoldedPlaces> {
    const places = this.#places;
    for await (const stored of this.store.readStream(WEBHOOKS_STREAM, { fromRevision: places.revision + 1 })) {
      // Another command may have taken the same events in while this one was waiting for them.
      if (stored.revision === places.revision + 1) evolve(places, stored);
    }
    return places;
  }

  async #append({ revision, lastOccurredAt }: FoldedPlaces, events: readonly WebhookPlaceEvent[], run: CommandRun): Promise<string> {
    const { position } = await appendInRun(this.store, run, { stream: WEBHOOKS_STREAM, events, occurredAt: notBefore(run.at ?? this.clock.now(), lastOccurredAt), expectedRevision: revision });
    return position;
  }
}

function evolve(places: FoldedPlaces, stored: StoredEvent): void {
  const { type, data, position, occurredAt, revision } = toRecorded<WebhookPlaceEvent>(stored);
  if (type === 'WebhookRegistered') places.taken.set(data.webhookId, { position, occurredAt });
  else places.taken.delete(data.webhookId);
  places.revision = revision;
  places.lastOccurredAt = occurredAt;
}
