import { MAIL_TO_DO_TABLES } from './projection';
import { REVIEW_PREFIX } from '../../domain/streams';
import { NO_STREAM } from '../../eventstore/eventStore';
import type { ReadModelDatabase } from '../engine/database';

/** Last event of an app's mail stream; revision -1 when the stream is empty. */
interface MailHead {
  readonly revision: number;
  readonly occurredAt: string;
}

/** Identifies a message: the one numbered `sendCount` of an invitation, or, with 0, the notice or reminder of the event `invitationId`. */
interface MailKey {
  readonly appId: string;
  readonly invitationId: string;
  readonly userId: string;
  readonly sendCount: number;
}

/** A message that was sent or claimed. */
export interface MailMessageRow extends MailKey {
  readonly head: MailHead;
}

/** A message to send now. */
export interface MailToDoRow extends MailMessageRow {
  readonly mailbox: string;
  /** Places that the mailbox has left for this and other messages that are due; at least 1. */
  readonly placesLeft: number;
  /** When it became due. */
  readonly dueAt: string;
  /** Attempts claimed so far. */
  readonly attempts: number;
  /** Event that asked for the message. */
  readonly eventId: string;
  /** Stream of that event, and its revision in it. */
  readonly eventStream: string;
  readonly eventRevision: number;
  readonly correlationId: string;
}

/** The limit of messages to one mailbox. A message counts once, from its latest claim on, whatever became of it: one that was refused may have arrived all the same. */
export interface MailboxLimit {
  /** Messages from which the mailbox has no places left. A reminder of a review leaves half of them to others: whoever starts reviews decides how many reminders there are. */
  readonly places: number;
  /** Start of the 24 hours, exclusive. */
  readonly since: string;
  /** Their end. A message claimed later was claimed while the clock was ahead, and does not count. */
  readonly until: string;
}

const { toDo, messages, heads } = MAIL_TO_DO_TABLES;

type ToDoColumns = Omit<MailToDoRow, 'head'> & HeadColumns;

interface HeadColumns {
  readonly revision: number;
  readonly occurredAt: string;
}

const HEAD = `coalesce(h.revision, ${NO_STREAM}) AS revision, coalesce(h.occurred_at, '') AS occurredAt`;
const TO_DO = `SELECT t.app_id AS appId, t.invitation_id AS invitationId, t.user_id AS userId, t.send_count AS sendCount, t.attempts, t.due_at AS dueAt, t.mailbox,
  t.event_id AS eventId, t.event_stream AS eventStream, t.event_revision AS eventRevision, t.correlation_id AS correlationId, ${HEAD},
  CASE WHEN t.event_stream LIKE '${REVIEW_PREFIX}%' THEN ?1 / 2 ELSE ?1 END - (SELECT count(*) FROM ${messages} m WHERE m.mailbox = t.mailbox AND m.claimed_at > ?2 AND m.claimed_at <= ?3
    AND NOT (m.app_id = t.app_id AND m.invitation_id = t.invitation_id AND m.user_id = t.user_id AND m.send_count = t.send_count)) AS placesLeft
  FROM ${toDo} t LEFT JOIN ${heads} h ON h.app_id = t.app_id`;
const IN_ORDER = 'placesLeft > 0 ORDER BY t.due_at, t.app_id, t.invitation_id, t.user_id LIMIT ?4';

/** Queries of the messages to send. */
export class MailToDoQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /**
   * Messages due at `now`, in the order in which they became due. A message that is due after `latest` was scheduled while the clock was
   * ahead, and is due. Those to a mailbox without places are left out: they wait, and keep no other message waiting.
   */
  due(now: string, latest: string, limit: number, { places, since, until }: MailboxLimit): readonly MailToDoRow[] {
    return this.database.all<ToDoColumns>(`${TO_DO} WHERE (t.due_at <= ?5 OR t.due_at > ?6) AND ${IN_ORDER}`, [places, since, until, limit, now, latest]).map(withHead);
  }

  /** Messages claimed by a process that has recorded no outcome, including processes that have died. */
  begun(limit: number, { places, since, until }: MailboxLimit): readonly MailToDoRow[] {
    return this.database.all<ToDoColumns>(`${TO_DO} WHERE t.trying = 1 AND ${IN_ORDER}`, [places, since, until, limit]).map(withHead);
  }

  /** Whether other messages had claimed all places of the mailbox before the latest claim of this one. Every process that has read up to that claim answers the same. */
  isOverLimit(messageId: string, { places, since, until }: MailboxLimit): boolean {
    const row = this.database.get<{ readonly earlier: number }>(
      `SELECT count(*) AS earlier FROM ${messages} own JOIN ${messages} m ON m.mailbox = own.mailbox AND m.claimed_at > ? AND m.claimed_at <= ?
        AND m.claim_position < own.claim_position WHERE own.message_id = ?`,
      [since, until, messageId],
    );
    return (row?.earlier ?? 0) >= places;
  }

  /** Number of messages that are neither sent nor given up. */
  waiting(): number {
    return this.database.get<{ readonly number: number }>(`SELECT count(*) AS number FROM ${toDo}`, [])?.number ?? 0;
  }

  /** The message with that Message-ID; undefined when this service never sent one. */
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
