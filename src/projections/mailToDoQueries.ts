import { MAIL_TO_DO_TABLES } from './mailToDoProjection';
import type { MailKey, MailMessageRow, MailToDoRow } from './mailToDoRows';
import { NO_STREAM } from '../eventstore/eventStore';
import type { ReadModelDatabase } from './readModelDatabase';

const { toDo, messages, heads } = MAIL_TO_DO_TABLES;

interface HeadColumns {
  readonly revision: number;
  readonly occurredAt: string;
}

const HEAD = `coalesce(h.revision, ${NO_STREAM}) AS revision, coalesce(h.occurred_at, '') AS occurredAt`;
const TO_DO = `SELECT t.app_id AS appId, t.invitation_id AS invitationId, t.user_id AS userId, t.send_count AS sendCount, t.attempts,
  t.event_id AS eventId, t.correlation_id AS correlationId, ${HEAD} FROM ${toDo} t LEFT JOIN ${heads} h ON h.app_id = t.app_id`;

/** Which messages are to be sent. */
export class MailToDoQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** Messages that are due at `now`, the longest due first. */
  due(now: string, limit: number): readonly MailToDoRow[] {
    return this.database.all<Omit<MailToDoRow, 'head'> & HeadColumns>(`${TO_DO} WHERE t.due_at <= ? ORDER BY t.due_at, t.app_id, t.invitation_id LIMIT ?`, [now, limit]).map(withHead);
  }

  /** Messages that somebody has begun to send, whether they are still at it or not. */
  begun(limit: number): readonly MailToDoRow[] {
    return this.database.all<Omit<MailToDoRow, 'head'> & HeadColumns>(`${TO_DO} WHERE t.trying = 1 ORDER BY t.due_at, t.app_id, t.invitation_id LIMIT ?`, [limit]).map(withHead);
  }

  /** The message with that Message-ID; undefined where this service never sent one. */
  messageOf(messageId: string): MailMessageRow | undefined {
    const row = this.database.get<MailKey & HeadColumns>(
      `SELECT m.app_id AS appId, m.invitation_id AS invitationId, m.user_id AS userId, m.send_count AS sendCount, ${HEAD}
        FROM ${messages} m LEFT JOIN ${heads} h ON h.app_id = m.app_id WHERE m.message_id = ?`,
      [messageId],
    );
    return row && withHead(row);
  }
}

function withHead<T extends HeadColumns>({ revision, occurredAt, ...row }: T): Omit<T, keyof HeadColumns> & { readonly head: HeadColumns } {
  return { ...row, head: { revision, occurredAt } };
}
