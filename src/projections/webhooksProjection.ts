import type { WebhookEvent } from '../domain/events';
import { WEBHOOK_PREFIX } from '../domain/streamNames';
import type { StoredEvent } from '../eventstore/eventStore';
import { domainEventOf } from './projectedEvent';
import { versionedTable, type Projection, type Row, type RowChange, type TableDefinition } from './projection';

const NAME = 'webhooks';
const VERSION = 1;

/** Full names of the tables of webhooks. */
export const WEBHOOKS_TABLES = {
  webhooks: versionedTable(NAME, VERSION, 'webhooks'),
  deadLetters: versionedTable(NAME, VERSION, 'dead_letters'),
} as const;

const { webhooks, deadLetters } = WEBHOOKS_TABLES;

/** Every webhook that was not removed. */
const webhooksTable: TableDefinition = {
  name: webhooks,
  columns: {
    webhook_id: 'TEXT NOT NULL',
    url: 'TEXT NOT NULL',
    /** JSON lists; null for all. */
    types: 'TEXT',
    app_ids: 'TEXT',
    registered_at: 'TEXT NOT NULL',
    cursor: 'TEXT NOT NULL',
    claimed: 'INTEGER NOT NULL',
    due_at: 'TEXT NOT NULL',
    attempts: 'INTEGER NOT NULL',
    failed_position: 'TEXT',
    failure_at: 'TEXT',
    failure_position: 'TEXT',
    failure_reason: 'TEXT',
    revision: 'INTEGER NOT NULL',
    occurred_at: 'TEXT NOT NULL',
  },
  primaryKey: ['webhook_id'],
  withoutRowId: true,
};

/** Events that were put aside. */
const deadLettersTable: TableDefinition = {
  name: deadLetters,
  columns: {
    webhook_id: 'TEXT NOT NULL',
    position: 'TEXT NOT NULL',
    event_id: 'TEXT NOT NULL',
    stream: 'TEXT NOT NULL',
    revision: 'INTEGER NOT NULL',
    attempts: 'INTEGER NOT NULL',
    reason: 'TEXT NOT NULL',
    at: 'TEXT NOT NULL',
    /** 1 where it is to be sent again. */
    again: 'INTEGER NOT NULL',
  },
  primaryKey: ['webhook_id', 'position'],
  withoutRowId: true,
  also: [`CREATE INDEX ${deadLetters}_again ON ${deadLetters} (webhook_id, position) WHERE again = 1`],
};

/** Where events are sent and how far that has come. The tables themselves do nothing: filling them again sends nothing. */
export const webhooksProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [webhooksTable, deadLettersTable],
  streamPrefixes: [WEBHOOK_PREFIX],
  apply(event) {
    const webhookId = event.stream.slice(WEBHOOK_PREFIX.length);
    const head = set(webhookId, { revision: event.revision, occurred_at: event.occurredAt });
    const domainEvent = domainEventOf(event);
    return domainEvent === undefined || !isOfWebhook(domainEvent) ? [head] : [...changesOf(domainEvent, webhookId, event), head];
  },
};

const OF_WEBHOOKS: Readonly<Record<WebhookEvent['type'], true>> = {
  WebhookRegistered: true, WebhookRemoved: true, WebhookDeliveryClaimed: true, WebhookDelivered: true, WebhookAttemptFailed: true, WebhookDeadLettered: true, WebhookReplayRequested: true,
};

const isOfWebhook = (event: { readonly type: string }): event is WebhookEvent => Object.hasOwn(OF_WEBHOOKS, event.type);

const set = (webhookId: string, columns: Row): RowChange => ({ kind: 'update', table: webhooks, where: { webhook_id: webhookId }, set: columns });

const NOT_FAILING: Row = { attempts: 0, failed_position: null };

function changesOf(event: WebhookEvent, webhookId: string, { position, occurredAt, revision }: StoredEvent): readonly RowChange[] {
  const free: Row = { claimed: 0, due_at: occurredAt };
  switch (event.type) {
    case 'WebhookRegistered': {
      const { url, types, appIds } = event.data;
      return [{
        kind: 'upsert',
        table: webhooks,
        row: {
          webhook_id: webhookId, url, types: types && JSON.stringify(types), app_ids: appIds && JSON.stringify(appIds), registered_at: occurredAt, cursor: position, ...free, ...NOT_FAILING,
          failure_at: null, failure_position: null, failure_reason: null, revision, occurred_at: occurredAt,
        },
      }];
    }
    case 'WebhookRemoved':
      return [{ kind: 'delete', table: webhooks, where: { webhook_id: webhookId } }, { kind: 'delete', table: deadLetters, where: { webhook_id: webhookId } }];
    case 'WebhookDeliveryClaimed':
      return [set(webhookId, { claimed: 1, due_at: event.data.until })];
    case 'WebhookDelivered':
      return [
        set(webhookId, { cursor: event.data.upTo, ...free, ...NOT_FAILING }),
        ...event.data.deadLetters.map((delivered): RowChange => ({ kind: 'delete', table: deadLetters, where: { webhook_id: webhookId, position: delivered } })),
      ];
    case 'WebhookAttemptFailed': {
      const { attempt, reason, retryAt } = event.data;
      return [set(webhookId, { claimed: 0, due_at: retryAt, attempts: attempt, failed_position: event.data.position, ...failure(event.data.position, occurredAt, reason) })];
    }
    case 'WebhookDeadLettered': {
      const { eventId, stream, attempts, reason, upTo } = event.data;
      const row = { webhook_id: webhookId, position: event.data.position, event_id: eventId, stream, revision: event.data.revision, attempts, reason, at: occurredAt, again: 0 };
      return [set(webhookId, { cursor: upTo, ...free, ...NOT_FAILING, ...failure(event.data.position, occurredAt, reason) }), { kind: 'upsert', table: deadLetters, row }];
    }
    case 'WebhookReplayRequested': {
      const { after } = event.data;
      // Whoever sends at this moment goes on until the claim ends; a pause between two tries ends here.
      const atOnce: RowChange = { kind: 'update', table: webhooks, where: { webhook_id: webhookId, claimed: 0 }, set: { due_at: occurredAt } };
      if (after === null) return [{ kind: 'update', table: deadLetters, where: { webhook_id: webhookId }, set: { again: 1 } }, atOnce];
      return [set(webhookId, { cursor: after, ...NOT_FAILING }), atOnce];
    }
  }
}

const failure = (position: string, at: string, reason: string): Row => ({ failure_at: at, failure_position: position, failure_reason: reason });
