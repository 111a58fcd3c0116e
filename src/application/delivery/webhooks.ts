import { withoutTextsAboutPeople } from '../../domain/textsAboutPeople';
import type { WebhookEvent } from '../../domain/webhookEvents';
import { webhookStream } from '../../domain/streams';
import type { EventStore, StoredEvent } from '../../eventstore/eventStore';
import type { MembershipEventsQueries } from '../../projections/membershipEvents/queries';
import type { MembershipEventsFilter } from '../../projections/membershipEvents/rows';
import type { WebhooksQueries } from '../../projections/webhooks/queries';
import type { WebhookRow } from '../../projections/webhooks/rows';
import { addMilliseconds, type Clock } from '../commandTypes';
import { type EventPlace, readEventsAt } from '../history/eventsAt';
import { historyEntryOf } from '../history/entries';
import { type KnownPeople, summaryWithNames, summaryWithoutNames } from '../history/summary';
import type { WebhookSecrets } from '../webhookEndpoints';
import type { Tracing } from '../../tracing/tracing';
import { inAttemptSpan } from './attemptSpan';
import { type Attempt, type Deliverer, latestDue } from './delivery';
import type { Delivery } from './recording';

/** State of webhook delivery, for metrics. */
export interface WebhookCounts {
  readonly registered: number;
  /** Number of webhooks whose next event has failed at least once. */
  readonly failing: number;
  /** Events still to be sent, counted once per receiving webhook. */
  readonly backlog: number;
  readonly deadLetters: number;
}

/** Counting stops here; 10,000 stands for that many or more. */
export const MOST_COUNTED = 10_000;

/** Filters that select the events still to be sent to a webhook. No event matches more than one of them. */
const filtersOf = ({ cursor, types, appIds }: WebhookRow): readonly MembershipEventsFilter[] => (appIds ?? [null]).map((appId) => ({ appId, types, afterPosition: cursor }));

/** Counts over all webhooks; 10,000 events or dead letters stand for that many or more. @param index null while it is being filled: the backlog is NaN then. */
export function countWebhooks(webhooks: WebhooksQueries, index: MembershipEventsQueries | null): WebhookCounts {
  const rows = webhooks.all();
  let backlog = index === null ? NaN : 0;
  if (index !== null) for (const filter of rows.flatMap(filtersOf)) backlog += index.count(filter, MOST_COUNTED - backlog);
  return { registered: rows.length, failing: rows.filter(({ attempts }) => attempts > 0).length, backlog, deadLetters: webhooks.deadLetterCount() };
}

/** Token hashes are not sent, so that a receiver cannot match an invitation link. */
const NEVER_SENT = ['tokenHash'];
/** Field that holds the personal data of an event beside the texts about a person. */
const PERSONAL = 'person';

/**
 * Builds the JSON body that is sent for an event of an app. It is the same for every attempt, except for names that changed.
 * @param people looks up names; null sends no personal data.
 */
async function webhookBodyOf(stored: StoredEvent, people: KnownPeople | null): Promise<string> {
  const { id, type, occurredAt, position, stream, revision, metadata: { actorId, correlationId } } = stored;
  const { appId, event } = historyEntryOf(stored);
  const omitted = people ? NEVER_SENT : [...NEVER_SENT, PERSONAL];
  const data = people || event === null ? (event?.data ?? stored.data) : withoutTextsAboutPeople(event);
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(data).filter(([field]) => !omitted.includes(field)));
  const summarized = { appId, actorId, type, event };
  return JSON.stringify({
    type,
    timestamp: occurredAt,
    data: {
      eventId: id, position, appId, stream, revision, type, occurredAt, actorId, correlationId, userId: fields['userId'] ?? null,
      summary: people ? await summaryWithNames(summarized, people) : summaryWithoutNames(summarized), data: fields,
    },
  });
}

/** An event as it is handed to a webhook transport. */
export interface OutgoingWebhook {
  readonly url: string;
  /** Key of the signature, `whsec_…`. */
  readonly secret: string;
  /** The same for every attempt to send the same event. */
  readonly messageId: string;
  /** The JSON text of the request. */
  readonly body: string;
  /** Span of the attempt, sent as the header of the same name. */
  readonly traceparent?: string | undefined;
}

/** Sends events to other systems. */
export interface WebhookTransport {
  /** Resolves when the receiver has accepted the event. @throws NotDelivered when it has not. */
  send(webhook: OutgoingWebhook, signal: AbortSignal): Promise<void>;
}

export interface WebhookDelivererOptions {
  readonly webhooks: WebhooksQueries;
  readonly index: MembershipEventsQueries;
  readonly store: EventStore;
  readonly deliverer: Deliverer<WebhookEvent>;
  readonly secrets: WebhookSecrets;
  readonly transport: WebhookTransport;
  readonly clock: Clock;
  /** Looks up the names that are sent to webhooks registered for personal data. */
  readonly people: KnownPeople;
  /** Changes whenever the read models may answer differently. */
  readonly readModels: () => string;
  /** Records a span of each attempt; null records none. */
  readonly tracing: Tracing | null;
}

/** What is sent under one claim: the next events, or dead letters. */
interface Batch {
  readonly events: readonly StoredEvent[];
  readonly dead: boolean;
}

const BATCH_SIZE = 20;
/** Webhooks served at the same time; the others wait for the next sweep. */
const CONCURRENCY = 10;
/** A batch starts no further event after one timeout, so it ends within two; the rest of the claim is for recording its outcome. */
const CLAIM_TIMEOUTS = 3;

/**
 * Sends events to webhooks in log order. If a process dies before it has recorded the outcome, another one sends the
 * same events again under the same ids.
 */
export class WebhookDeliverer {
  readonly #inProgress = new Map<string, Promise<boolean>>();
  /** State of the webhook and the log at which a webhook had nothing to send. */
  readonly #idleAt = new Map<string, string>();

  constructor(private readonly options: WebhookDelivererOptions) {}

  /**
   * Starts sending what is due, according to read models that have caught up with the log.
   * @param abandoned whether claimed webhooks are served as well, since no other process can be serving them.
   * @returns one promise per webhook that was started: whether something was sent, so that there may be more.
   */
  work(abandoned = false): readonly Promise<boolean>[] {
    const { webhooks, clock, deliverer } = this.options;
    const now = clock.now();
    const rows = webhooks.all();
    const known = new Set(rows.map(({ webhookId }) => webhookId));
    for (const webhookId of this.#idleAt.keys()) if (!known.has(webhookId)) this.#idleAt.delete(webhookId);
    const started: Promise<boolean>[] = [];
    for (const row of rows) {
      const { webhookId } = row;
      const isDue = row.dueAt <= now || row.dueAt > latestDue(now) || (abandoned && row.claimed);
      if (!isDue || this.#inProgress.has(webhookId) || this.#inProgress.size >= CONCURRENCY || deliverer.isStopping) continue;
      if (this.#idleAt.get(webhookId) === this.#stateOf(row)) continue;
      const delivery = this.#serve(row).finally(() => this.#inProgress.delete(webhookId));
      this.#inProgress.set(webhookId, delivery);
      started.push(delivery);
    }
    return started;
  }

  /** Starts no further request; resolves when those in progress have ended, within a few seconds. */
  stop(): Promise<void> {
    return this.options.deliverer.stop(Promise.allSettled(this.#inProgress.values()));
  }

  async #serve(row: WebhookRow): Promise<boolean> {
    const state = this.#stateOf(row);
    const batch = await this.#next(row);
    if (batch.events.length === 0) {
      this.#idleAt.set(row.webhookId, state);
      return false;
    }
    const { clock, deliverer } = this.options;
    const until = addMilliseconds(clock.now(), deliverer.settings.timeoutMs * CLAIM_TIMEOUTS);
    return deliverer.deliver(deliveryOf(row), { type: 'WebhookDeliveryClaimed', data: { until } }, () => this.#send(row, batch));
  }

  #stateOf({ revision }: WebhookRow): string {
    return `${revision} ${this.options.readModels()}`;
  }

  async #next(row: WebhookRow): Promise<Batch> {
    const { webhooks, store } = this.options;
    const dead = webhooks.deadLettersToSend(row.webhookId, BATCH_SIZE);
    const places = dead.length > 0 ? dead : this.#placesAfter(row);
    return { events: await readEventsAt(store, places), dead: dead.length > 0 };
  }

  #placesAfter(row: WebhookRow): readonly EventPlace[] {
    const found = filtersOf(row).flatMap((filter) => this.options.index.page(filter, { first: BATCH_SIZE }).nodes);
    return found.sort((a, b) => (a.position < b.position ? -1 : 1)).slice(0, BATCH_SIZE);
  }

  /** Sends one event after the other until one fails. @returns the events to record. */
  async #send(row: WebhookRow, { events, dead }: Batch): Promise<readonly WebhookEvent[]> {
    const { deliverer, webhooks } = this.options;
    const endsAt = performance.now() + deliverer.settings.timeoutMs;
    const sent: string[] = [];
    let failed: { readonly event: StoredEvent; readonly reason: string } | null = null;
    for (const event of events) {
      if (deliverer.isStopping || performance.now() > endsAt) break;
      const result = await this.#attempt(row, event);
      if (result === 'STOPPED') break;
      if (result !== 'DELIVERED') {
        failed = { event, reason: result.reason };
        break;
      }
      sent.push(event.position);
    }
    const upTo = dead ? row.cursor : (sent.at(-1) ?? row.cursor);
    const deadLetters = dead ? sent : webhooks.deadAmong(row.webhookId, sent);
    const delivered: WebhookEvent = { type: 'WebhookDelivered', data: { upTo, deadLetters } };
    if (failed === null) return [delivered];
    const outcome = this.#failure(row, failed.event, failed.reason, dead ? upTo : failed.event.position);
    return sent.length === 0 ? [outcome] : [delivered, outcome];
  }

  async #attempt({ webhookId, url, personalData }: WebhookRow, event: StoredEvent): Promise<Attempt> {
    const { deliverer, transport, secrets, people, tracing } = this.options;
    const body = await webhookBodyOf(event, personalData ? people : null);
    return inAttemptSpan(tracing, { name: 'send webhook', cause: event.metadata.traceparent, attributes: { 'partner_access.webhook': webhookId, 'partner_access.event': event.id } }, (traceparent) =>
      deliverer.attempt((signal) => transport.send({ url, secret: secrets.secretOf(webhookId), messageId: event.id, body, traceparent }, signal)));
  }

  #failure({ webhookId, failedPosition, attempts }: WebhookRow, { id, stream, revision, position }: StoredEvent, reason: string, upTo: string): WebhookEvent {
    const attempt = failedPosition === position ? attempts + 1 : 1;
    const next = this.options.deliverer.failed({ webhookId, position }, attempt, reason);
    return next === null
      ? { type: 'WebhookDeadLettered', data: { position, eventId: id, stream, revision, attempts: attempt, reason, upTo } }
      : { type: 'WebhookAttemptFailed', data: { position, attempt, reason, retryAt: next } };
  }
}

/**
 * Each webhook has a stream of its own. An outcome is dropped when the webhook was removed or claimed again since, and
 * replaced when an operator moved the webhook to another position.
 */
const deliveryOf = (row: WebhookRow): Delivery<WebhookEvent> => ({
  stream: webhookStream(row.webhookId),
  head: row,
  concerns: () => true,
  reconcile(newer, outcome) {
    if (newer.type === 'WebhookRemoved' || newer.type === 'WebhookDeliveryClaimed') return null;
    return newer.type === 'WebhookReplayRequested' && newer.data.after !== null ? [{ type: 'WebhookDelivered', data: { upTo: newer.data.after, deadLetters: [] } }] : outcome;
  },
});
