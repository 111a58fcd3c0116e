import type { ReadModelDatabase } from './readModelDatabase';
import { WEBHOOKS_TABLES } from './webhooksProjection';
import { MAX_COUNTED_DEAD_LETTERS, MAX_WEBHOOKS, type DeadLetterRow, type WebhookRow } from './webhooksRows';

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

/** Where events are sent, and how far that has come. */
export class WebhooksQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** The webhooks, the oldest first; all when no limit is named. */
  all(limit: number = MAX_WEBHOOKS): readonly WebhookRow[] {
    return this.database.all<Columns>(`${WEBHOOK} ORDER BY registered_at, webhook_id LIMIT ?`, [limit]).map(rowOf);
  }

  /** The webhook; undefined where there is none, or none any more. */
  byId(webhookId: string): WebhookRow | undefined {
    const columns = this.database.get<Columns>(`${WEBHOOK} WHERE webhook_id = ?`, [webhookId]);
    return columns && rowOf(columns);
  }

  /** Events that were put aside, in log order. */
  deadLetters(webhookId: string, limit: number): readonly DeadLetterRow[] {
    return this.database.all<DeadLetterRow>(`${DEAD_LETTER} WHERE webhook_id = ? ORDER BY position LIMIT ?`, [webhookId, limit]);
  }

  /** Those of them that are to be sent again, in log order. */
  deadLettersToSend(webhookId: string, limit: number): readonly DeadLetterRow[] {
    return this.database.all<DeadLetterRow>(`${DEAD_LETTER} WHERE webhook_id = ? AND again = 1 ORDER BY position LIMIT ?`, [webhookId, limit]);
  }

  /** Which of the events at these positions were put aside. */
  deadAmong(webhookId: string, positions: readonly string[]): readonly string[] {
    const among = positions.map(() => '?').join(', ');
    return this.database.all<{ readonly position: string }>(`SELECT position FROM ${deadLetters} WHERE webhook_id = ? AND position IN (${among})`, [webhookId, ...positions]).map(({ position }) => position);
  }

  /** How many events of the webhook, or of all, were put aside; 10,000 stands for that many or more. */
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
