import { ReadModelDatabase } from '../engine/database';
import { rowOfWebhook, WEBHOOKS_TABLES, webhooksProjection } from './projection';
import { type DeadLetterRow, MAX_COUNTED_DEAD_LETTERS, MAX_WEBHOOKS, type WebhookRow } from './rows';
import { WEBHOOK_PREFIX, WEBHOOKS_STREAM } from '../../domain/streams';
import type { StoredEvent } from '../../eventstore/eventStore';
import { ProjectionRunner, RowWriter } from '../engine/runner';

const { webhooks, deadLetters } = WEBHOOKS_TABLES;

interface Columns extends Omit<WebhookRow, 'types' | 'appIds' | 'personalData' | 'claimed' | 'lastFailure'> {
  readonly types: string | null;
  readonly appIds: string | null;
  readonly personalData: number;
  readonly claimed: number;
  readonly failureAt: string | null;
  readonly failurePosition: string | null;
  readonly failureReason: string | null;
}

const WEBHOOK = `SELECT webhook_id AS webhookId, url, types, app_ids AS appIds, personal_data AS personalData, registered_at AS registeredAt, cursor, claimed, due_at AS dueAt, attempts,
  failed_position AS failedPosition, failure_at AS failureAt, failure_position AS failurePosition, failure_reason AS failureReason, revision, occurred_at AS occurredAt FROM ${webhooks}`;
const DEAD_LETTER = `SELECT position, event_id AS eventId, stream, revision, attempts, reason, at FROM ${deadLetters}`;

/** Queries of webhooks and their progress. */
export class WebhooksQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** Webhooks, oldest first. */
  all(limit: number = MAX_WEBHOOKS): readonly WebhookRow[] {
    return this.database.all<Columns>(`${WEBHOOK} ORDER BY registered_at, webhook_id LIMIT ?`, [limit]).map(rowOf);
  }

  /** The webhook; undefined when it does not exist or was removed. */
  byId(webhookId: string): WebhookRow | undefined {
    const columns = this.database.get<Columns>(`${WEBHOOK} WHERE webhook_id = ?`, [webhookId]);
    return columns && rowOf(columns);
  }

  /** Dead letters in log order. */
  deadLetters(webhookId: string, limit: number): readonly DeadLetterRow[] {
    return this.database.all<DeadLetterRow>(`${DEAD_LETTER} WHERE webhook_id = ? ORDER BY position LIMIT ?`, [webhookId, limit]);
  }

  /** Dead letters to send again, in log order. */
  deadLettersToSend(webhookId: string, limit: number): readonly DeadLetterRow[] {
    return this.database.all<DeadLetterRow>(`${DEAD_LETTER} WHERE webhook_id = ? AND again = 1 ORDER BY position LIMIT ?`, [webhookId, limit]);
  }

  /** Those of the positions whose events are dead letters. */
  deadAmong(webhookId: string, positions: readonly string[]): readonly string[] {
    const among = positions.map(() => '?').join(', ');
    return this.database.all<{ readonly position: string }>(`SELECT position FROM ${deadLetters} WHERE webhook_id = ? AND position IN (${among})`, [webhookId, ...positions]).map(({ position }) => position);
  }

  /** Number of dead letters of one webhook, or of all; 10,000 stands for that many or more. */
  deadLetterCount(webhookId: string | null = null): number {
    const where = webhookId === null ? '' : ' WHERE webhook_id = ?';
    const counted = this.database.get<{ readonly count: number }>(`SELECT count(*) AS count FROM (SELECT 1 FROM ${deadLetters}${where} LIMIT ${MAX_COUNTED_DEAD_LETTERS})`, webhookId === null ? [] : [webhookId]);
    return counted?.count ?? 0;
  }
}

function rowOf({ types, appIds, personalData, claimed, failureAt, failurePosition, failureReason, ...rest }: Columns): WebhookRow {
  return {
    ...rest,
    types: listOf(types),
    appIds: listOf(appIds),
    personalData: personalData === 1,
    claimed: claimed === 1,
    lastFailure: failureAt === null || failurePosition === null || failureReason === null ? null : { at: failureAt, position: failurePosition, reason: failureReason },
  };
}

function listOf(json: string | null): readonly string[] | null {
  if (json === null) return null;
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.map(String) : [];
}

/** Webhooks as they would be after events that nobody has written. */
export class DryRunWebhooksQueries {
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
