import { WEBHOOK_PREFIX, WEBHOOKS_STREAM } from '../domain/streamNames';
import type { StoredEvent } from '../eventstore/eventStore';
import { ProjectionRunner } from './projectionRunner';
import { ReadModelDatabase } from './readModelDatabase';
import { RowWriter } from './rowWriter';
import { rowOfWebhook, WEBHOOKS_TABLES, webhooksProjection } from './webhooksProjection';
import { WebhooksQueries } from './webhooksQueries';
import type { WebhookRow } from './webhooksRows';

/** Webhooks as they would be after events that nobody has written. */
export class TriedWebhooksQueries {
  /** @param appended the events that were tried, in order. */
  constructor(
    private readonly live: Pick<WebhooksQueries, 'byId'>,
    private readonly appended: () => readonly StoredEvent[],
  ) {}

  /** The webhook; undefined where there would be none. */
  byId(webhookId: string): WebhookRow | undefined {
    const events = this.appended().filter(({ stream }) => stream === WEBHOOKS_STREAM || stream === WEBHOOK_PREFIX + webhookId);
    const row = this.live.byId(webhookId);
    if (events.length === 0) return row;
    const database = ReadModelDatabase.open(':memory:');
    try {
      const runner = new ProjectionRunner(database, [webhooksProjection], '');
      if (row) new RowWriter(database, [webhooksProjection]).write({ kind: 'upsert', table: WEBHOOKS_TABLES.webhooks, row: rowOfWebhook(row) });
      runner.apply(events);
      return new WebhooksQueries(database).byId(webhookId);
    } finally {
      database.close();
    }
  }
}
