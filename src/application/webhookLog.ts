import { v4 } from 'uuid';
import type { WebhookEvent } from '../domain/events';
import { webhookStream } from '../domain/streamNames';
import { WrongExpectedRevision, type EventStore } from '../eventstore/eventStore';
import type { WebhookRow } from '../projections/webhooksRows';
import { systemCaller } from './caller';
import { addMilliseconds, notBefore, type Clock } from './clock';
import { derivedId } from './commandRun';
import { untilNoConflict } from './optimisticLoop';
import { toAppend, toRecorded } from './recordedEvent';

/** The right to send what is next of a webhook, until it is settled or its time is over. */
export interface WebhookClaim {
  readonly row: WebhookRow;
  readonly commandId: string;
  readonly revision: number;
  readonly occurredAt: string;
}

/** Writes down who sends the events of a webhook and what came of it. */
export class WebhookLog {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /** Claims the webhook as the row shows it; null where somebody has written about it since. @throws StoreUnavailable */
  async claim(row: WebhookRow, forMs: number): Promise<WebhookClaim | null> {
    const commandId = v4();
    const occurredAt = notBefore(this.clock.now(), row.occurredAt);
    try {
      const revision = await this.#append(row.webhookId, [{ type: 'WebhookDeliveryClaimed', data: { until: addMilliseconds(occurredAt, forMs) } }], commandId, occurredAt, row.revision);
      return { row, commandId, revision, occurredAt };
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return null;
      throw error;
    }
  }

  /**
   * Writes down what came of a claim, which ends it. Nothing is written where the webhook was removed or claimed by
   * somebody else since; where it was set back, it stands there.
   * @throws StoreUnavailable
   */
  async settle({ row: { webhookId }, commandId, revision, occurredAt }: WebhookClaim, outcome: readonly WebhookEvent[]): Promise<void> {
    const settling = derivedId(commandId, 'outcome');
    let head = { revision, occurredAt };
    let events = outcome;
    await untilNoConflict(async () => {
      for await (const stored of this.store.readStream(webhookStream(webhookId), { fromRevision: head.revision + 1 })) {
        const newer = toRecorded<WebhookEvent>(stored);
        head = { revision: newer.revision, occurredAt: newer.occurredAt };
        if (newer.commandId === settling || newer.type === 'WebhookRemoved' || newer.type === 'WebhookDeliveryClaimed') return;
        if (newer.type === 'WebhookReplayRequested' && newer.data.after !== null) events = [{ type: 'WebhookDelivered', data: { upTo: newer.data.after, deadLetters: [] } }];
      }
      await this.#append(webhookId, events, settling, notBefore(this.clock.now(), head.occurredAt), head.revision);
    });
  }

  async #append(webhookId: string, events: readonly WebhookEvent[], commandId: string, occurredAt: string, expectedRevision: number): Promise<number> {
    const run = { caller: systemCaller('webhooks'), commandId, keyed: false, causationId: commandId };
    const { revision } = await this.store.append(webhookStream(webhookId), toAppend(events, run, occurredAt), expectedRevision);
    return revision;
  }
}
