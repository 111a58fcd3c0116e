import type { DomainEvent, InvitedData, PersonEnvelope } from '../../domain/events';
import { mailboxOf, normalizeKeapId } from '../../domain/keapId';
import { MAIL_PREFIX, REVIEW_PREFIX, ROSTER_PREFIX } from '../../domain/streams';
import { decidedAtOf, type StoredEvent } from '../../eventstore/eventStore';
import { appIdOfEvent, domainEventOf, type Projection, type Row, type RowChange, type TableDefinition, versionedTable } from '../engine/projection';

const NAME = 'mail_to_do';
const VERSION = 4;

/** Table names, including the version. */
export const MAIL_TO_DO_TABLES = {
  toDo: versionedTable(NAME, VERSION, 'to_do'),
  messages: versionedTable(NAME, VERSION, 'messages'),
  recipients: versionedTable(NAME, VERSION, 'recipients'),
  members: versionedTable(NAME, VERSION, 'members'),
  heads: versionedTable(NAME, VERSION, 'heads'),
} as const;

const { toDo, messages, recipients, members, heads } = MAIL_TO_DO_TABLES;

/** The latest message of each open invitation, and each notice, until it is sent or given up. */
const toDoTable: TableDefinition = {
  name: toDo,
  columns: {
    app_id: 'TEXT NOT NULL',
    /** For a notice the id of the event that it tells of. */
    invitation_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    /** Is 0 for a notice. */
    send_count: 'INTEGER NOT NULL',
    /** Attempts claimed so far. */
    attempts: 'INTEGER NOT NULL',
    /** Is 1 while a process has claimed the message. */
    trying: 'INTEGER NOT NULL',
    due_at: 'TEXT NOT NULL',
    mailbox: 'TEXT NOT NULL',
    /** Event that asked for the message. */
    event_id: 'TEXT NOT NULL',
    /** Stream of that event, and its revision in it. */
    event_stream: 'TEXT NOT NULL',
    event_revision: 'INTEGER NOT NULL',
    correlation_id: 'TEXT NOT NULL',
  },
  primaryKey: ['app_id', 'invitation_id', 'user_id'],
  withoutRowId: true,
  also: [
    `CREATE INDEX ${toDo}_by_due ON ${toDo} (due_at, app_id, invitation_id)`,
    `CREATE INDEX ${toDo}_trying ON ${toDo} (due_at, app_id, invitation_id) WHERE trying = 1`,
  ],
};

/** Messages by Message-ID, for bounce reports, and by mailbox, for the limit of messages to one. */
const messagesTable: TableDefinition = {
  name: messages,
  columns: {
    message_id: 'TEXT NOT NULL',
    app_id: 'TEXT NOT NULL',
    invitation_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    send_count: 'INTEGER NOT NULL',
    mailbox: 'TEXT NOT NULL',
    /** Time and log position of the latest claim; empty after a claim that was given back without sending. */
    claimed_at: 'TEXT NOT NULL',
    claim_position: 'TEXT NOT NULL',
  },
  primaryKey: ['message_id'],
  withoutRowId: true,
  also: [
    `CREATE INDEX ${messages}_by_mailbox ON ${messages} (mailbox, claimed_at, claim_position)`,
    `CREATE INDEX ${messages}_by_invitation ON ${messages} (app_id, invitation_id, send_count)`,
  ],
};

/** The mailbox of each invitation, which later events about it do not name. */
const recipientsTable: TableDefinition = {
  name: recipients,
  columns: { app_id: 'TEXT NOT NULL', invitation_id: 'TEXT NOT NULL', mailbox: 'TEXT NOT NULL' },
  primaryKey: ['app_id', 'invitation_id'],
  withoutRowId: true,
};

/** The mailbox of each user, for notices. */
const membersTable: TableDefinition = {
  name: members,
  columns: { app_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', mailbox: 'TEXT NOT NULL' },
  primaryKey: ['app_id', 'user_id'],
  withoutRowId: true,
};

/** Last event of each app's mail stream. The other tables are exact at that revision. */
const headsTable: TableDefinition = {
  name: heads,
  columns: { app_id: 'TEXT NOT NULL', revision: 'INTEGER NOT NULL', occurred_at: 'TEXT NOT NULL' },
  primaryKey: ['app_id'],
  withoutRowId: true,
};

/** The list of messages to send. A rebuild sends nothing, since messages are sent by another process. */
export const mailToDoProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [toDoTable, messagesTable, recipientsTable, membersTable, headsTable],
  streamPrefixes: [ROSTER_PREFIX, REVIEW_PREFIX, MAIL_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    if (event.stream.startsWith(REVIEW_PREFIX)) return domainEvent === undefined ? [] : reviewChanges(domainEvent, event);
    if (!event.stream.startsWith(MAIL_PREFIX)) return domainEvent === undefined ? [] : rosterChanges(domainEvent, event);
    const appId = event.stream.slice(MAIL_PREFIX.length);
    const head: RowChange = { kind: 'upsert', table: heads, row: { app_id: appId, revision: event.revision, occurred_at: event.occurredAt } };
    return domainEvent === undefined ? [head] : [...mailChanges(domainEvent, appId, event), head];
  },
};

function rosterChanges(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  const appId = appIdOfEvent(stored);
  switch (event.type) {
    case 'OwnerAdded':
    case 'PersonUpdated':
    case 'InvitationMoved':
      return [member(appId, event.data)];
    case 'PartnerInvited':
    case 'UserInvited': {
      const { invitationId, tokenHash, person } = event.data;
      const recipient: RowChange = { kind: 'upsert', table: recipients, row: { app_id: appId, invitation_id: invitationId, mailbox: mailboxOf(normalizeKeapId(person.keapId)) } };
      return [recipient, member(appId, event.data), ...(tokenHash === null ? [] : added(appId, event.data, stored))];
    }
    case 'InvitationResent':
      return added(appId, event.data, stored);
    case 'InvitationAccepted':
      return [withoutMessage(appId, event.data.invitationId), member(appId, event.data)];
    case 'InvitationRevoked':
    case 'InvitationDeclined':
    case 'InvitationExpired':
      return [withoutMessage(appId, event.data.invitationId)];
    case 'AdminAppointed': {
      const { revokedInvitationId } = event.data;
      return [...(revokedInvitationId === null ? [] : [withoutMessage(appId, revokedInvitationId)]), member(appId, event.data), ...notices(appId, event.data.informedUserIds, stored)];
    }
    case 'UserRebound':
      return [member(appId, event.data), ...notices(appId, event.data.informedUserIds, stored)];
    default:
      return [];
  }
}

/** A reminder replaces the earlier ones of the same review that have not been sent, and a review that is finished needs none. */
function reviewChanges(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  switch (event.type) {
    case 'AccessReviewReminded':
      return [withoutNotices(event.data.appId, stored.stream), ...notices(event.data.appId, event.data.informedUserIds, stored)];
    case 'AccessReviewFinished':
      return [withoutNotices(event.data.appId, stored.stream)];
    default:
      return [];
  }
}

const withoutNotices = (appId: string, stream: string): RowChange => ({ kind: 'delete', table: toDo, where: { app_id: appId, event_stream: stream } });

const withoutMessage = (appId: string, invitationId: string): RowChange => ({ kind: 'delete', table: toDo, where: { app_id: appId, invitation_id: invitationId } });

const member = (appId: string, { userId, person: { keapId } }: { readonly userId: string; readonly person: PersonEnvelope }): RowChange => ({
  kind: 'upsert',
  table: members,
  row: { app_id: appId, user_id: userId, mailbox: mailboxOf(normalizeKeapId(keapId)) },
});

/** A notice for each of these users. */
const notices = (appId: string, userIds: readonly string[], stored: StoredEvent): readonly RowChange[] =>
  userIds.flatMap((userId) => [toSend(appId, { invitationId: stored.id, userId, sendCount: 0 }, stored), memberMailboxCopied(toDo, appId, stored.id, userId)]);

/** A message replaces an earlier one of the same invitation, whose link is no longer valid. */
function added(appId: string, { invitationId, userId, sendCount }: Pick<InvitedData, 'invitationId' | 'userId' | 'sendCount'>, stored: StoredEvent): readonly RowChange[] {
  return [toSend(appId, { invitationId, userId, sendCount }, stored), mailboxCopied(toDo, appId, { invitationId })];
}

const toSend = (appId: string, { invitationId, userId, sendCount }: Pick<InvitedData, 'invitationId' | 'userId' | 'sendCount'>, stored: StoredEvent): RowChange => ({
  kind: 'upsert',
  table: toDo,
  row: {
    app_id: appId, invitation_id: invitationId, user_id: userId, send_count: sendCount, attempts: 0, trying: 0, due_at: decidedAtOf(stored), mailbox: '',
    event_id: stored.id, event_stream: stored.stream, event_revision: stored.revision, correlation_id: stored.metadata.correlationId,
  },
});

/** Gives rows of a table the mailbox of their invitation. */
const mailboxCopied = (table: string, appId: string, { invitationId, ...more }: { readonly invitationId: string; readonly message_id?: string }): RowChange => ({
  kind: 'copy',
  table,
  where: { app_id: appId, invitation_id: invitationId, ...more },
  from: { table: recipients, key: { app_id: appId, invitation_id: invitationId } },
  columns: ['mailbox'],
});

/** Gives rows about a notice the mailbox of its recipient. */
const memberMailboxCopied = (table: string, appId: string, noticeId: string, userId: string): RowChange => ({
  kind: 'copy',
  table,
  where: { app_id: appId, invitation_id: noticeId, user_id: userId },
  from: { table: members, key: { app_id: appId, user_id: userId } },
  columns: ['mailbox'],
});

function mailChanges(event: DomainEvent, appId: string, stored: StoredEvent): readonly RowChange[] {
  switch (event.type) {
    case 'InvitationEmailAttempted': {
      const { invitationId, messageId } = event.data;
      return [...claimed(appId, event.data, event.data, stored), mailboxCopied(messages, appId, { invitationId, message_id: messageId })];
    }
    case 'NoticeEmailAttempted': {
      const { noticeId, userId } = event.data;
      return [...claimed(appId, noticeKey(event.data), event.data, stored), memberMailboxCopied(messages, appId, noticeId, userId)];
    }
    case 'InvitationEmailSent':
      return [{ kind: 'delete', table: toDo, where: keyOf(appId, event.data) }];
    case 'NoticeEmailSent':
      return [{ kind: 'delete', table: toDo, where: keyOf(appId, noticeKey(event.data)) }];
    case 'InvitationEmailPostponed':
      return postponed(keyOf(appId, event.data), event.data);
    case 'NoticeEmailPostponed':
      return postponed(keyOf(appId, noticeKey(event.data)), event.data);
    case 'InvitationEmailFailed':
      return [failed(keyOf(appId, event.data), event.data.retryAt)];
    case 'NoticeEmailFailed':
      return [failed(keyOf(appId, noticeKey(event.data)), event.data.retryAt)];
    default:
      return [];
  }
}

/** What identifies a message within its app. */
type MessageKey = Pick<InvitedData, 'invitationId' | 'userId' | 'sendCount'>;

const noticeKey = ({ noticeId, userId }: { readonly noticeId: string; readonly userId: string }): MessageKey => ({ invitationId: noticeId, userId, sendCount: 0 });

interface Claim {
  readonly attempt: number;
  readonly messageId: string;
  readonly until: string;
}

const claimed = (appId: string, key: MessageKey, { attempt, messageId, until }: Claim, stored: StoredEvent): readonly RowChange[] => [
  { kind: 'update', table: toDo, where: keyOf(appId, key), set: { attempts: attempt, trying: 1, due_at: until } },
  {
    kind: 'upsert',
    table: messages,
    row: {
      message_id: messageId, app_id: appId, invitation_id: key.invitationId, user_id: key.userId, send_count: key.sendCount, mailbox: '',
      claimed_at: decidedAtOf(stored), claim_position: stored.position,
    },
  },
];

const postponed = (where: Row, { attempts, until }: { readonly attempts: number; readonly until: string }): readonly RowChange[] => [
  { kind: 'update', table: toDo, where, set: { attempts, trying: 0, due_at: until } },
  { kind: 'update', table: messages, where, set: { claimed_at: '', claim_position: '' } },
];

const failed = (where: Row, retryAt: string | null): RowChange =>
  (retryAt === null ? { kind: 'delete', table: toDo, where } : { kind: 'update', table: toDo, where, set: { trying: 0, due_at: retryAt } });

const keyOf = (appId: string, { invitationId, userId, sendCount }: MessageKey): Row => ({ app_id: appId, invitation_id: invitationId, user_id: userId, send_count: sendCount });
