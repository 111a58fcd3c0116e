import type { WebhookEvent } from '../domain/events';
import type { EventStore, StoredEvent } from '../eventstore/eventStore';
import type { MembershipEventsQueries } from '../projections/membershipEventsQueries';
import type { WebhooksQueries } from '../projections/webhooksQueries';
import type { WebhookRow } from '../projections/webhooksRows';
import { addMilliseconds, type Clock } from './clock';
import { readEventsAt, type EventPlace } from './storedEventsAt';
import { filtersOf } from './webhookBacklog';
import type { WebhookLog } from './webhookLog';
import type { KnownPeople } from './summaryNames';
import { webhookBodyOf } from './webhookMessage';
import type { WebhookSecrets } from './webhookSecrets';
import { WebhookNotTaken, type WebhookTransport } from './webhookTransport';

export interface DelivererSettings {
  /** after so many an event is put aside, and the webhook goes on. */
  readonly tries: number;
  /** the pause after the first try; each further one is four times as long. */
  readonly firstPauseMs: number;
  /** how long one try may take. */
  readonly timeoutMs: number;
}

export interface DelivererPorts {
  readonly webhooks: WebhooksQueries;
  readonly index: MembershipEventsQueries;
  readonly store: EventStore;
  readonly log: WebhookLog;
  readonly secrets: WebhookSecrets;
  readonly transport: WebhookTransport;
  readonly clock: Clock;
  /** whose names are sent where they may be. */
  readonly people: KnownPeople;
  /** changes whenever the read models may answer something else. */
  readonly readModels: () => string;
  /** tells of a try that failed; a try without a next one is the last. */
  readonly report: (failure: { readonly webhookId: string; readonly position: string; readonly attempt: number; readonly reason: string; readonly retryAt: string | null }) => void;
  /** tells that some were sent, so that there may be more. */
  readonly settled: () => void;
  /** tells of what went wrong here, rather than with a receiver. */
  readonly failed: (error: unknown) => void;
}

interface Place extends EventPlace {
  readonly position: string;
}

/** What is sent under one claim: events that are next, or dead letters. */
interface Batch {
  readonly events: readonly StoredEvent[];
  readonly dead: boolean;
}

const BATCH = 20;
const AT_ONCE = 10;
const PAUSE_FACTOR = 4;
const LONGEST_PAUSE_MS = 24 * 60 * 60 * 1000;
/** A batch begins no further event after one timeout, so that it ends within two; the rest is for writing it down. */
const CLAIM_TIMEOUTS = 3;
/** Requests under way at the end of the process may take so much longer. */
const GRACE_MS = 2_000;

/**
 * Sends events to webhooks, at least once and in log order. That somebody sends is written down before, under the
 * revision that was seen, so that of several processes one does it; what came of it is written down after. Whoever dies
 * in between is followed by somebody who sends the same events under the same ids.
 */
export class WebhookDeliverer {
  readonly #underWay = new Map<string, Promise<void>>();
  /** Where there was nothing to send: how the webhook and the log stood then. */
  readonly #nothing = new Map<string, string>();
  readonly #stopping = new AbortController();
  readonly #aborted = new AbortController();

  constructor(
    private readonly ports: DelivererPorts,
    private readonly settings: DelivererSettings,
  ) {}

  /**
   * Begins to send what is due. To be called when the read models have seen the whole log.
   * @param abandoned whether what was begun and not finished is taken up at once, since nobody else can be at it.
   */
  work(abandoned = false): void {
    const { webhooks, clock, failed, settled } = this.ports;
    const now = clock.now();
    const rows = webhooks.all();
    const known = new Set(rows.map(({ webhookId }) => webhookId));
    for (const webhookId of this.#nothing.keys()) if (!known.has(webhookId)) this.#nothing.delete(webhookId);
    for (const row of rows) {
      const { webhookId } = row;
      const isDue = row.dueAt <= now || (abandoned && row.claimed);
      if (!isDue || this.#underWay.has(webhookId) || this.#underWay.size >= AT_ONCE || this.#stopping.signal.aborted) continue;
      if (this.#nothing.get(webhookId) === this.#standOf(row)) continue;
      const under = this.#deliver(row).catch((error: unknown): boolean => {
        failed(error);
        return false;
      });
      this.#underWay.set(webhookId, under.then((sent) => {
        this.#underWay.delete(webhookId);
        if (sent) settled();
      }));
    }
  }

  /** Begins no further request; resolves when those under way have ended, within a few seconds. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const grace = setTimeout(() => { this.#aborted.abort(); }, GRACE_MS);
    await Promise.all(this.#underWay.values());
    clearTimeout(grace);
  }

  /** Whether something was sent. */
  async #deliver(row: WebhookRow): Promise<boolean> {
    const { log } = this.ports;
    const stand = this.#standOf(row);
    const batch = await this.#next(row);
    if (batch.events.length === 0) {
      this.#nothing.set(row.webhookId, stand);
      return false;
    }
    const claim = await log.claim(row, this.settings.timeoutMs * CLAIM_TIMEOUTS);
    if (claim === null) return false;
    await log.settle(claim, await this.#send(row, batch));
    return true;
  }

  #standOf({ revision }: WebhookRow): string {
    return `${revision} ${this.ports.readModels()}`;
  }

  async #next(row: WebhookRow): Promise<Batch> {
    const { webhooks, store } = this.ports;
    const dead = webhooks.deadLettersToSend(row.webhookId, BATCH);
    const places = dead.length > 0 ? dead : this.#placesAfter(row);
    return { events: await readEventsAt(store, places), dead: dead.length > 0 };
  }

  #placesAfter(row: WebhookRow): readonly Place[] {
    const found = filtersOf(row).flatMap((filter) => this.ports.index.page(filter, { first: BATCH }).nodes);
    return found.sort((a, b) => (a.position < b.position ? -1 : 1)).slice(0, BATCH);
  }

  /** Sends one after the other until one is not taken. @returns what is to be written down. */
  async #send(row: WebhookRow, { events, dead }: Batch): Promise<readonly WebhookEvent[]> {
    const endsAt = performance.now() + this.settings.timeoutMs;
    const taken: string[] = [];
    let failed: { readonly event: StoredEvent; readonly reason: string } | null = null;
    for (const event of events) {
      if (this.#stopping.signal.aborted || performance.now() > endsAt) break;
      const reason = await this.#sendOne(row, event);
      if (this.#aborted.signal.aborted) break;
      if (reason !== null) {
        failed = { event, reason };
        break;
      }
      taken.push(event.position);
    }
    const upTo = dead ? row.cursor : (taken.at(-1) ?? row.cursor);
    const deadLetters = dead ? taken : this.ports.webhooks.deadAmong(row.webhookId, taken);
    const delivered: WebhookEvent = { type: 'WebhookDelivered', data: { upTo, deadLetters } };
    if (failed === null) return [delivered];
    const outcome = this.#failure(row, failed.event, failed.reason, dead ? upTo : failed.event.position);
    return taken.length === 0 ? [outcome] : [delivered, outcome];
  }

  /** Why the event was not taken; null when it was. */
  async #sendOne({ webhookId, url, personalData }: WebhookRow, event: StoredEvent): Promise<string | null> {
    const { transport, secrets, people } = this.ports;
    const body = await webhookBodyOf(event, personalData ? people : null);
    const signal = AbortSignal.any([this.#aborted.signal, AbortSignal.timeout(this.settings.timeoutMs)]);
    try {
      await transport.send({ url, secret: secrets.secretOf(webhookId), messageId: event.id, body }, signal);
      return null;
    } catch (error) {
      if (error instanceof WebhookNotTaken) return error.reason;
      if (signal.aborted) return 'TIMED_OUT';
      throw error;
    }
  }

  #failure({ webhookId, failedPosition, attempts }: WebhookRow, { id, stream, revision, position }: StoredEvent, reason: string, upTo: string): WebhookEvent {
    const { clock, report } = this.ports;
    const { tries, firstPauseMs } = this.settings;
    const attempt = failedPosition === position ? attempts + 1 : 1;
    if (attempt >= tries) {
      report({ webhookId, position, attempt, reason, retryAt: null });
      return { type: 'WebhookDeadLettered', data: { position, eventId: id, stream, revision, attempts: attempt, reason, upTo } };
    }
    const retryAt = addMilliseconds(clock.now(), Math.min(firstPauseMs * PAUSE_FACTOR ** (attempt - 1), LONGEST_PAUSE_MS));
    report({ webhookId, position, attempt, reason, retryAt });
    return { type: 'WebhookAttemptFailed', data: { position, attempt, reason, retryAt } };
  }
}
