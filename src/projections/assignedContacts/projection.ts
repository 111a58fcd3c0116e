import type { DomainEvent } from '../../domain/events';
import { CONTACTS_PREFIX, ROSTER_PREFIX } from '../../domain/streams';
import { decidedAtOf, type StoredEvent } from '../../eventstore/eventStore';
import { appIdOfEvent, domainEventOf, type Projection, type RowChange, type TableDefinition, versionedTable } from '../engine/projection';

const NAME = 'assigned_contacts';
const VERSION = 2;

/** Full names of the tables of assigned contacts. */
export const ASSIGNED_CONTACTS_TABLES = {
  contacts: versionedTable(NAME, VERSION, 'contacts'),
  counts: versionedTable(NAME, VERSION, 'counts'),
  closures: versionedTable(NAME, VERSION, 'closures'),
  reassignments: versionedTable(NAME, VERSION, 'reassignments'),
  heads: versionedTable(NAME, VERSION, 'heads'),
} as const;

const { contacts, counts, closures, reassignments, heads } = ASSIGNED_CONTACTS_TABLES;

const contactsTable: TableDefinition = {
  name: contacts,
  columns: { app_id: 'TEXT NOT NULL', contact_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', assigned_at: 'TEXT NOT NULL' },
  primaryKey: ['app_id', 'contact_id'],
  withoutRowId: true,
  also: [`CREATE INDEX ${contacts}_by_user ON ${contacts} (app_id, user_id, contact_id, assigned_at)`],
};

const countsTable: TableDefinition = {
  name: counts,
  columns: { app_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', number: 'INTEGER NOT NULL' },
  primaryKey: ['app_id', 'user_id'],
  withoutRowId: true,
};

const closuresTable: TableDefinition = {
  name: closures,
  columns: {
    app_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    epoch: 'INTEGER NOT NULL',
    leave_id: 'TEXT NOT NULL',
    reason: 'TEXT NOT NULL',
    /** Null where no reason was given, and for who leaves. */
    removal_reason: 'TEXT',
    actor_id: 'TEXT NOT NULL',
    correlation_id: 'TEXT NOT NULL',
    command_id: 'TEXT NOT NULL',
    event_id: 'TEXT NOT NULL',
    closed_at: 'TEXT NOT NULL',
    closed_position: 'TEXT NOT NULL',
    /** Is 1 when the roster holds the departure, else 0. */
    departed: 'INTEGER NOT NULL',
  },
  primaryKey: ['app_id', 'user_id', 'epoch'],
  also: [`CREATE INDEX ${closures}_open ON ${closures} (closed_position) WHERE departed = 0`],
};

/** Reassignments that have started and not finished. */
const reassignmentsTable: TableDefinition = {
  name: reassignments,
  columns: {
    app_id: 'TEXT NOT NULL',
    reassignment_id: 'TEXT NOT NULL',
    from_user_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    epoch: 'INTEGER NOT NULL',
    /** Null, as is `removal_leave_id`, when the user stays. */
    removal_epoch: 'INTEGER',
    removal_leave_id: 'TEXT',
    /** Null where no reason was given, and when the user stays. */
    removal_reason: 'TEXT',
    actor_id: 'TEXT NOT NULL',
    correlation_id: 'TEXT NOT NULL',
    event_id: 'TEXT NOT NULL',
    started_at: 'TEXT NOT NULL',
    started_position: 'TEXT NOT NULL',
  },
  primaryKey: ['app_id', 'reassignment_id'],
  also: [`CREATE INDEX ${reassignments}_by_age ON ${reassignments} (started_position)`],
};

/** The last contacts event of each app, at whose revision the other tables are exact. */
const headsTable: TableDefinition = {
  name: heads,
  columns: { app_id: 'TEXT NOT NULL', revision: 'INTEGER NOT NULL', position: 'TEXT NOT NULL', occurred_at: 'TEXT NOT NULL' },
  primaryKey: ['app_id'],
  withoutRowId: true,
};

/** Assignees of contacts, closed assignees and open reassignments. Departures in the roster mark a closing as finished. */
export const assignedContactsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [contactsTable, countsTable, closuresTable, reassignmentsTable, headsTable],
  streamPrefixes: [CONTACTS_PREFIX, ROSTER_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    const changes = domainEvent === undefined ? [] : changesOf(domainEvent, event);
    return event.stream.startsWith(CONTACTS_PREFIX) ? [...changes, head(event)] : changes;
  },
};

function head(event: StoredEvent): RowChange {
  const { revision, position, occurredAt } = event;
  return { kind: 'upsert', table: heads, row: { app_id: appIdOfEvent(event), revision, position, occurred_at: occurredAt } };
}

function changesOf(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  const appId = appIdOfEvent(stored);
  switch (event.type) {
    case 'ContactsAssigned':
      return give(appId, event.data.userId, event.data.contactIds, stored.occurredAt);
    case 'ContactsReassigned': {
      const { fromUserId, userId, contactIds } = event.data;
      return [count(appId, fromUserId, -contactIds.length), ...give(appId, userId, contactIds, stored.occurredAt)];
    }
    case 'ContactsUnassigned': {
      const { userId, contactIds } = event.data;
      const gone = contactIds.map((contactId): RowChange => ({ kind: 'delete', table: contacts, where: { app_id: appId, contact_id: contactId } }));
      return [...gone, count(appId, userId, -contactIds.length)];
    }
    case 'AssigneeClosed': {
      const { userId, epoch, leaveId, reason, removalReason } = event.data;
      const { actorId, correlationId, commandId } = stored.metadata;
      const row = {
        app_id: appId, user_id: userId, epoch, leave_id: leaveId, reason, removal_reason: removalReason, actor_id: actorId, correlation_id: correlationId, command_id: commandId,
        event_id: stored.id, closed_at: decidedAtOf(stored), closed_position: stored.position, departed: 0,
      };
      return [{ kind: 'upsert', table: closures, row }];
    }
    case 'AssigneeReopened': {
      const { userId, epoch, leaveId } = event.data;
      return [{ kind: 'delete', table: closures, where: { app_id: appId, user_id: userId, epoch, leave_id: leaveId } }];
    }
    case 'ReassignmentStarted': {
      const { reassignmentId, fromUserId, userId, epoch, removal } = event.data;
      const { actorId, correlationId } = stored.metadata;
      const row = {
        app_id: appId, reassignment_id: reassignmentId, from_user_id: fromUserId, user_id: userId, epoch,
        removal_epoch: removal?.epoch ?? null, removal_leave_id: removal?.leaveId ?? null, removal_reason: removal?.reason ?? null, actor_id: actorId, correlation_id: correlationId,
        event_id: stored.id, started_at: decidedAtOf(stored), started_position: stored.position,
      };
      return [{ kind: 'upsert', table: reassignments, row }];
    }
    case 'ReassignmentFinished':
      return [{ kind: 'delete', table: reassignments, where: { app_id: appId, reassignment_id: event.data.reassignmentId } }];
    case 'PartnerLeftApp':
    case 'UserRemoved': {
      const { userId, epoch, leaveId } = event.data;
      return [{ kind: 'update', table: closures, where: { app_id: appId, user_id: userId, epoch, leave_id: leaveId }, set: { departed: 1 } }];
    }
    default:
      return [];
  }
}

function give(appId: string, userId: string, contactIds: readonly string[], at: string): readonly RowChange[] {
  const given = contactIds.map((contactId): RowChange => ({ kind: 'upsert', table: contacts, row: { app_id: appId, contact_id: contactId, user_id: userId, assigned_at: at } }));
  return [...given, count(appId, userId, contactIds.length)];
}

const count = (appId: string, userId: string, by: number): RowChange => ({ kind: 'increment', table: counts, key: { app_id: appId, user_id: userId }, by: { number: by } });
