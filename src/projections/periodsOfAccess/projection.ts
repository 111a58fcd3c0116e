import type { DomainEvent, UserKind, UserRole } from '../../domain/events';
import { ROSTER_PREFIX } from '../../domain/streams';
import type { StoredEvent } from '../../eventstore/eventStore';
import { appIdOfEvent, domainEventOf, type Projection, type Row, type RowChange, type TableDefinition, versionedTable } from '../engine/projection';

const NAME = 'periods_of_access';
const VERSION = 1;

/** Full names of the tables of the periods of access. */
export const PERIOD_TABLES = {
  periods: versionedTable(NAME, VERSION, 'periods'),
  present: versionedTable(NAME, VERSION, 'present'),
  invitations: versionedTable(NAME, VERSION, 'invitations'),
} as const;

const { periods, present, invitations } = PERIOD_TABLES;

/** The days below which a period that has ended belongs to each class of its length; a longer one belongs to the class after them. */
export const DAYS_OF_CLASSES = [1, 4, 16, 64, 256, 1_024, 4_096] as const;

/** The class of periods that last. */
export const LASTING = DAYS_OF_CLASSES.length + 1;

/**
 * SQL for the class of a period's length. Who had access at a moment is found in each class among the periods that began
 * less than its length before, of which a good part still lasted then, however many had ended before.
 */
export const CLASS = `CASE WHEN to_at IS NULL THEN ${LASTING} ${DAYS_OF_CLASSES.map((days, index) => `WHEN julianday(to_at) - julianday(from_at) < ${days} THEN ${index}`).join(' ')} ELSE ${DAYS_OF_CLASSES.length} END`;

/** Names of the indexes. The first two hold everything that a list is filtered and ordered by. */
export const PERIOD_INDEXES = {
  all: `${periods}_by_class`,
  app: `${periods}_by_app_and_class`,
  user: `${periods}_by_user`,
} as const;

const LISTED = `${CLASS}, from_at, began_position, to_at, kind, role`;

/** The events that begin a period; a change of role does where the person has access. */
export const BEGINNINGS = ['OwnerAdded', 'InvitationAccepted', 'UserRoleChanged', 'AdminAppointed'] as const satisfies DomainEvent['type'][];

/** One row per stay and role. A row is named by the event that began it. */
const periodsTable: TableDefinition = {
  name: periods,
  columns: {
    began_position: 'TEXT NOT NULL',
    app_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    /** Empty for a moment only: see `UserRoleChanged`. */
    kind: 'TEXT NOT NULL',
    role: 'TEXT NOT NULL',
    from_at: 'TEXT NOT NULL',
    began_revision: 'INTEGER NOT NULL',
    /** Null, as are the two below, while it lasts. */
    to_at: 'TEXT',
    ended_position: 'TEXT',
    ended_revision: 'INTEGER',
    lasts: 'INTEGER NOT NULL',
  },
  primaryKey: ['began_position'],
  withoutRowId: true,
  also: [
    `CREATE INDEX ${PERIOD_INDEXES.all} ON ${periods} (${LISTED})`,
    `CREATE INDEX ${PERIOD_INDEXES.app} ON ${periods} (app_id, ${LISTED})`,
    `CREATE INDEX ${PERIOD_INDEXES.user} ON ${periods} (app_id, user_id, lasts)`,
  ],
};

/** Who has access now. A change of role says neither that nor the kind. */
const presentTable: TableDefinition = {
  name: present,
  columns: { app_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', kind: 'TEXT NOT NULL' },
  primaryKey: ['app_id', 'user_id'],
  withoutRowId: true,
};

/** The user of each invitation, who becomes another one if the invitation is accepted by somebody who was in the app before. */
const invitationsTable: TableDefinition = {
  name: invitations,
  columns: { app_id: 'TEXT NOT NULL', invitation_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL' },
  primaryKey: ['app_id', 'invitation_id'],
  withoutRowId: true,
};

/** Who had access to which app, with which role, from when to when. It names nobody: names are those of the user list. */
export const periodsOfAccessProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [periodsTable, presentTable, invitationsTable],
  streamPrefixes: [ROSTER_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    return domainEvent === undefined ? [] : changesOf(domainEvent, event);
  },
};

function changesOf(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  const appId = appIdOfEvent(stored);
  switch (event.type) {
    case 'OwnerAdded':
      return begins(appId, event.data.userId, 'USER', 'ADMIN', stored);
    case 'PartnerInvited':
    case 'UserInvited':
    case 'InvitationMoved': {
      const { invitationId, userId } = event.data;
      return [{ kind: 'upsert', table: invitations, row: { app_id: appId, invitation_id: invitationId, user_id: userId } }];
    }
    case 'InvitationAccepted': {
      const { userId, invitationId, epoch, kind, role } = event.data;
      const joins = begins(appId, userId, kind, role, stored);
      return epoch === 1 ? joins : [merged(appId, userId, invitationId), ...joins];
    }
    case 'AdminAppointed': {
      const { userId, wasMember } = event.data;
      return [...(wasMember ? [ends(appId, userId, stored)] : []), ...begins(appId, userId, 'USER', 'ADMIN', stored)];
    }
    case 'UserRoleChanged': {
      const { userId, to } = event.data;
      // The new period gets the kind of whoever has access. Nobody else has one, and their row goes again.
      return [
        ends(appId, userId, stored),
        { kind: 'upsert', table: periods, row: began(appId, userId, '', to, stored) },
        { kind: 'copy', table: periods, where: { began_position: stored.position }, from: { table: present, key: { app_id: appId, user_id: userId } }, columns: ['kind'] },
        { kind: 'delete', table: periods, where: { began_position: stored.position, kind: '' } },
      ];
    }
    case 'PartnerLeftApp':
    case 'UserRemoved': {
      const { userId } = event.data;
      return [ends(appId, userId, stored), { kind: 'delete', table: present, where: { app_id: appId, user_id: userId } }];
    }
    default:
      return [];
  }
}

const began = (appId: string, userId: string, kind: UserKind | '', role: UserRole, { position, revision, occurredAt }: StoredEvent): Row => ({
  began_position: position, app_id: appId, user_id: userId, kind, role, from_at: occurredAt, began_revision: revision,
  to_at: null, ended_position: null, ended_revision: null, lasts: 1,
});

const begins = (appId: string, userId: string, kind: UserKind, role: UserRole, stored: StoredEvent): readonly RowChange[] => [
  { kind: 'upsert', table: periods, row: began(appId, userId, kind, role, stored) },
  { kind: 'upsert', table: present, row: { app_id: appId, user_id: userId, kind } },
];

const ends = (appId: string, userId: string, { position, revision, occurredAt }: StoredEvent): RowChange => ({
  kind: 'update',
  table: periods,
  where: { app_id: appId, user_id: userId, lasts: 1 },
  set: { to_at: occurredAt, ended_position: position, ended_revision: revision, lasts: 0 },
});

/** The invited user, who may have been here before under the invited address, is the one who accepts from now on. */
const merged = (appId: string, userId: string, invitationId: string): RowChange => ({
  kind: 'update',
  table: periods,
  where: { app_id: appId },
  like: { table: invitations, key: { app_id: appId, invitation_id: invitationId }, column: 'user_id' },
  set: { user_id: userId },
});
