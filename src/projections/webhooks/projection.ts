import type { WebhookEvent } from '../../domain/webhookEvents';
import { WEBHOOK_PREFIX, WEBHOOKS_STREAM } from '../../domain/streams';
import { decidedAtOf, NO_STREAM, type StoredEvent } from '../../eventstore/eventStore';
import { domainEventOf, type Projection, type Row, type RowChange, type TableDefinition, versionedTable } from '../engine/projection';
import type { WebhookRow } from './rows';

const NAME = 'webhooks';
const VERSION = 1;

/** Table names, including the version. */
export const WEBHOOKS_TABLES = {
  webhooks: versionedTable(NAME, VERSION, 'webhooks'),
  deadLetters: versionedTable(NAME, VERSION, 'dead_letters'),
} as const;

const { webhooks, deadLetters } = WEBHOOKS_TABLES;

/** All webhooks except those that were removed. */
const webhooksTable: TableDefinition = {
  name: webhooks,
  columns: {
    webhook_id: 'TEXT NOT NULL',
    url: 'TEXT NOT NULL',
    /** Lists `types` and `app_ids` are JSON; null selects all. */
    types: 'TEXT',
    app_ids: 'TEXT',
    personal_data: 'INTEGER NOT NULL',
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

/** Dead letters: events whose last attempt failed. */
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
    /** Is 1 when the event is to be sent again. */
    again: 'INTEGER NOT NULL',
  },
  primaryKey: ['webhook_id', 'position'],
  withoutRowId: true,
  also: [`CREATE INDEX ${deadLetters}_again ON ${deadLetters} (webhook_id, position) WHERE again = 1`],
};

/** Webhooks and their progress. A rebuild sends nothing, since events are sent by another process. */
export const webhooksProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [webhooksTable, deadLettersTable],
  streamPrefixes: [WEBHOOK_PREFIX, WEBHOOKS_STREAM],
  apply(event) {
    if (event.stream === WEBHOOKS_STREAM) return changesOfRegistration(event);
    const webhookId = event.stream.slice(WEBHOOK_PREFIX.length);
    const head = set(webhookId, { revision: event.revision, occurred_at: event.occurredAt });
    const domainEvent = domainEventOf(event);
    return domainEvent === undefined || !isOfWebhook(domainEvent) ? [head] : [...changesOf(domainEvent, webhookId, event), head];
  },
};

const OF_WEBHOOKS: Readonly<Record<WebhookEvent['type'], true>> = {
  WebhookRemoved: true, WebhookDeliveryClaimed: true, WebhookDelivered: true, WebhookAttemptFailed: true, WebhookDeadLettered: true, WebhookReplayRequested: true,
};

const isOfWebhook = (event: { readonly type: string }): event is WebhookEvent => Object.hasOwn(OF_WEBHOOKS, event.type);

const set = (webhookId: string, columns: Row): RowChange => ({ kind: 'update', table: webhooks, where: { webhook_id: webhookId }, set: columns });

const NOT_FAILING: Row = { attempts: 0, failed_position: null };

function changesOfRegistration(event: StoredEvent): readonly RowChange[] {
  const { position, occurredAt } = event;
  const domainEvent = domainEventOf(event);
  if (domainEvent?.type !== 'WebhookRegistered') return [];
  const row = rowOfWebhook({
    ...domainEvent.data, registeredAt: occurredAt, cursor: position, claimed: false, dueAt: decidedAtOf(event), attempts: 0, failedPosition: null, lastFailure: null, revision: NO_STREAM, occurredAt,
  });
  return [{ kind: 'upsert', table: webhooks, row }];
}

/** Maps a webhook to a row of its table. */
export const rowOfWebhook = ({ webhookId, url, types, appIds, personalData, registeredAt, cursor, claimed, dueAt, attempts, failedPosition, lastFailure, revision, occurredAt }: WebhookRow): Row => ({
  webhook_id: webhookId, url, types: types && JSON.stringify(types), app_ids: appIds && JSON.stringify(appIds), personal_data: personalData ? 1 : 0, registered_at: registeredAt, cursor,
  claimed: claimed ? 1 : 0, due_at: dueAt, attempts, failed_position: failedPosition,
  failure_at: lastFailure && lastFailure.at, failure_position: lastFailure && lastFailure.position, failure_reason: lastFailure && lastFailure.reason, revision, occurred_at: occurredAt,
});

function changesOf(event: WebhookEvent, webhookId: string, stored: StoredEvent): readonly RowChange[] {
  const { occurredAt } = stored;
  const now = decidedAtOf(stored);
  const free: Row = { claimed: 0, due_at: now };
  switch (event.type) {
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
      // A process that is sending continues until its claim ends; a pause between two attempts ends now.
      const atOnce: RowChange = { kind: 'update', table: webhooks, where: { webhook_id: webhookId, claimed: 0 }, set: { due_at: now } };
      if (after === null) return [{ kind: 'update', table: deadLetters, where: { webhook_id: webhookId }, set: { again: 1 } }, atOnce];
      return [set(webhookId, { cursor: after, ...NOT_FAILING }), atOnce];
    }
  }
}

const failure = (position: string, at: string, reason: string): Row => ({ failure_at: at, failure_position: position, failure_reason: reason });
