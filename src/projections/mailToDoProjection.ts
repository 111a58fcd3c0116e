import type { DomainEvent, InvitedData } from '../domain/events';
import { MAIL_PREFIX, ROSTER_PREFIX } from '../domain/streamNames';
import type { StoredEvent } from '../eventstore/eventStore';
import { appIdOfEvent, domainEventOf } from './projectedEvent';
import { versionedTable, type Projection, type RowChange, type TableDefinition } from './projection';

const NAME = 'mail_to_do';
const VERSION = 1;

/** Full names of the tables of messages to be sent. */
export const MAIL_TO_DO_TABLES = {
  toDo: versionedTable(NAME, VERSION, 'to_do'),
  messages: versionedTable(NAME, VERSION, 'messages'),
  heads: versionedTable(NAME, VERSION, 'heads'),
} as const;

const { toDo, messages, heads } = MAIL_TO_DO_TABLES;

/** The latest message of each open invitation, as long as it is neither sent nor given up. */
const toDoTable: TableDefinition = {
  name: toDo,
  columns: {
    app_id: 'TEXT NOT NULL',
    invitation_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    send_count: 'INTEGER NOT NULL',
    /** tries that were begun. */
    attempts: 'INTEGER NOT NULL',
    /** 1 while somebody tries. */
    trying: 'INTEGER NOT NULL',
    due_at: 'TEXT NOT NULL',
    /** of what asked for the message. */
    event_id: 'TEXT NOT NULL',
    correlation_id: 'TEXT NOT NULL',
  },
  primaryKey: ['app_id', 'invitation_id'],
  withoutRowId: true,
  also: [
    `CREATE INDEX ${toDo}_by_due ON ${toDo} (due_at, app_id, invitation_id)`,
    `CREATE INDEX ${toDo}_trying ON ${toDo} (due_at, app_id, invitation_id) WHERE trying = 1`,
  ],
};

/** Which message a Message-ID is, for those that come back. */
const messagesTable: TableDefinition = {
  name: messages,
  columns: { message_id: 'TEXT NOT NULL', app_id: 'TEXT NOT NULL', invitation_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', send_count: 'INTEGER NOT NULL' },
  primaryKey: ['message_id'],
  withoutRowId: true,
};

/** The last event about messages of each app: the revision at which the other tables are exact. */
const headsTable: TableDefinition = {
  name: heads,
  columns: { app_id: 'TEXT NOT NULL', revision: 'INTEGER NOT NULL', occurred_at: 'TEXT NOT NULL' },
  primaryKey: ['app_id'],
  withoutRowId: true,
};

/** What is to be sent. The list itself does nothing: filling it again sends nothing. */
export const mailToDoProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [toDoTable, messagesTable, headsTable],
  streamPrefixes: [ROSTER_PREFIX, MAIL_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    if (!event.stream.startsWith(MAIL_PREFIX)) return domainEvent === undefined ? [] : rosterChanges(domainEvent, event);
    const appId = event.stream.slice(MAIL_PREFIX.length);
    const head: RowChange = { kind: 'upsert', table: heads, row: { app_id: appId, revision: event.revision, occurred_at: event.occurredAt } };
    return domainEvent === undefined ? [head] : [...mailChanges(domainEvent, appId), head];
  },
};

function rosterChanges(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  const appId = appIdOfEvent(stored);
  switch (event.type) {
    case 'PartnerInvited':
    case 'UserInvited':
    case 'InvitationResent':
      return event.data.tokenHash === null ? [] : [added(appId, event.data, stored)];
    case 'InvitationRevoked':
    case 'InvitationDeclined':
    case 'InvitationExpired':
    case 'InvitationAccepted':
      return [{ kind: 'delete', table: toDo, where: { app_id: appId, invitation_id: event.data.invitationId } }];
    default:
      return [];
  }
}

/** A message takes the place of an earlier one of the same invitation, whose link no longer counts. */
function added(appId: string, { invitationId, userId, sendCount }: Pick<InvitedData, 'invitationId' | 'userId' | 'sendCount'>, { id, occurredAt, metadata }: StoredEvent): RowChange {
  return {
    kind: 'upsert',
    table: toDo,
    row: {
      app_id: appId, invitation_id: invitationId, user_id: userId, send_count: sendCount, attempts: 0, trying: 0, due_at: occurredAt,
      event_id: id, correlation_id: metadata.correlationId,
    },
  };
}

function mailChanges(event: DomainEvent, appId: string): readonly RowChange[] {
  switch (event.type) {
    case 'InvitationEmailAttempted': {
      const { invitationId, userId, sendCount, attempt, messageId, until } = event.data;
      return [
        { kind: 'update', table: toDo, where: keyOf(appId, event.data), set: { attempts: attempt, trying: 1, due_at: until } },
        { kind: 'upsert', table: messages, row: { message_id: messageId, app_id: appId, invitation_id: invitationId, user_id: userId, send_count: sendCount } },
      ];
    }
    case 'InvitationEmailSent':
      return [{ kind: 'delete', table: toDo, where: keyOf(appId, event.data) }];
    case 'InvitationEmailFailed': {
      const { retryAt } = event.data;
      const where = keyOf(appId, event.data);
      return [retryAt === null ? { kind: 'delete', table: toDo, where } : { kind: 'update', table: toDo, where, set: { trying: 0, due_at: retryAt } }];
    }
    default:
      return [];
  }
}

const keyOf = (appId: string, { invitationId, sendCount }: { readonly invitationId: string; readonly sendCount: number }): Readonly<Record<string, string | number>> => ({
  app_id: appId,
  invitation_id: invitationId,
  send_count: sendCount,
});
