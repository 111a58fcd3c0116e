import type { DomainEvent, UserKind, UserRole } from '../../domain/events';
import { ROSTER_PREFIX } from '../../domain/streams';
import type { StoredEvent } from '../../eventstore/eventStore';
import type { PeriodEnd, StayOrigin } from './rows';
import { appIdOfEvent, domainEventOf, type Projection, type Row, type RowChange, type RowReference, type TableDefinition, versionedTable } from '../engine/projection';

const NAME = 'periods_of_access';
const VERSION = 2;

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
    /** How the stay came about (`StayOrigin`), and the user id of the inviter; null where nobody of the app invited them. */
    origin: 'TEXT NOT NULL',
    invited_by: 'TEXT',
    /** Why the period began, in the words of who invited or appointed them or changed their role; null where no reason was given. */
    reason: 'TEXT',
    from_at: 'TEXT NOT NULL',
    began_revision: 'INTEGER NOT NULL',
    /** Null, as are those below, while it lasts. */
    to_at: 'TEXT',
    ended_position: 'TEXT',
    ended_revision: 'INTEGER',
    /** What ended it (`PeriodEnd`), and why; null where no reason was given. */
    ended_by: 'TEXT',
    end_reason: 'TEXT',
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

/** Who has access now. A change of role says neither that nor how the stay came about. */
const presentTable: TableDefinition = {
  name: present,
  columns: { app_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', kind: 'TEXT NOT NULL', origin: 'TEXT NOT NULL', invited_by: 'TEXT' },
  primaryKey: ['app_id', 'user_id'],
  withoutRowId: true,
};

/** The user of each invitation, who becomes another one if the invitation is accepted by somebody who was in the app before, and who invited them and why. */
const invitationsTable: TableDefinition = {
  name: invitations,
  columns: { app_id: 'TEXT NOT NULL', invitation_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', origin: 'TEXT NOT NULL', invited_by: 'TEXT', reason: 'TEXT' },
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

/** Whoever gave access, where it was nobody of the app: columns of a period. */
const byNobody = (origin: StayOrigin): Origin => ({ origin, invited_by: null });

const BY_OPERATOR = byNobody('OPERATOR');
const BY_IMPORT = byNobody('IMPORT');

function changesOf(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  const appId = appIdOfEvent(stored);
  switch (event.type) {
    case 'OwnerAdded': {
      const origin = stored.metadata.actorId === 'import' ? BY_IMPORT : BY_OPERATOR;
      return begins({ appId, userId: event.data.userId, kind: 'USER', role: 'ADMIN', reason: null }, origin, stored);
    }
    case 'PartnerInvited':
    case 'UserInvited': {
      const { invitationId, userId, invitedBy, reason } = event.data;
      const origin = invitedBy === null ? BY_IMPORT : { origin: 'INVITATION', invited_by: invitedBy };
      return [{ kind: 'upsert', table: invitations, row: { app_id: appId, invitation_id: invitationId, user_id: userId, ...origin, reason } }];
    }
    case 'InvitationMoved': {
      const { invitationId, userId } = event.data;
      return [{ kind: 'update', table: invitations, where: { app_id: appId, invitation_id: invitationId }, set: { user_id: userId } }];
    }
    case 'InvitationAccepted': {
      const { userId, invitationId, epoch, kind, role } = event.data;
      const invited: RowReference = { table: invitations, key: { app_id: appId, invitation_id: invitationId } };
      return [
        ...(epoch === 1 ? [] : [merged(appId, userId, invited)]),
        ...begins({ appId, userId, kind, role, reason: null }, { origin: 'INVITATION', invited_by: null }, stored),
        { kind: 'copy', table: periods, where: { began_position: stored.position }, from: invited, columns: ['origin', 'invited_by', 'reason'] },
        { kind: 'copy', table: present, where: { app_id: appId, user_id: userId }, from: invited, columns: ['origin', 'invited_by'] },
      ];
    }
    case 'AdminAppointed': {
      const { userId, wasMember, reason } = event.data;
      return [...(wasMember ? [ends(appId, userId, 'APPOINTED', reason, stored)] : []), ...begins({ appId, userId, kind: 'USER', role: 'ADMIN', reason }, BY_OPERATOR, stored)];
    }
    case 'UserRoleChanged': {
      const { userId, to, reason } = event.data;
      // The new period gets the kind of whoever has access, and how they came. Nobody else has one, and their row goes again.
      return [
        ends(appId, userId, 'ROLE_CHANGED', reason, stored),
        { kind: 'upsert', table: periods, row: began({ appId, userId, kind: '', role: to, reason }, BY_OPERATOR, stored) },
        { kind: 'copy', table: periods, where: { began_position: stored.position }, from: { table: present, key: { app_id: appId, user_id: userId } }, columns: ['kind', 'origin', 'invited_by'] },
        { kind: 'delete', table: periods, where: { began_position: stored.position, kind: '' } },
      ];
    }
    case 'PartnerLeftApp':
      return leaves(appId, event.data.userId, ends(appId, event.data.userId, 'LEFT', null, stored));
    case 'UserRemoved':
      return leaves(appId, event.data.userId, ends(appId, event.data.userId, 'REMOVED', event.data.reason, stored));
    default:
      return [];
  }
}

interface Origin extends Row {
  readonly origin: StayOrigin;
  readonly invited_by: string | null;
}

interface Beginning {
  readonly appId: string;
  readonly userId: string;
  readonly kind: UserKind | '';
  readonly role: UserRole;
  readonly reason: string | null;
}

const began = ({ appId, userId, kind, role, reason }: Beginning, origin: Origin, { position, revision, occurredAt }: StoredEvent): Row => ({
  began_position: position, app_id: appId, user_id: userId, kind, role, ...origin, reason, from_at: occurredAt, began_revision: revision,
  to_at: null, ended_position: null, ended_revision: null, ended_by: null, end_reason: null, lasts: 1,
});

const begins = (beginning: Beginning, origin: Origin, stored: StoredEvent): readonly RowChange[] => [
  { kind: 'upsert', table: periods, row: began(beginning, origin, stored) },
  { kind: 'upsert', table: present, row: { app_id: beginning.appId, user_id: beginning.userId, kind: beginning.kind, ...origin } },
];

const ends = (appId: string, userId: string, endedBy: PeriodEnd, reason: string | null, { position, revision, occurredAt }: StoredEvent): RowChange => ({
  kind: 'update',
  table: periods,
  where: { app_id: appId, user_id: userId, lasts: 1 },
  set: { to_at: occurredAt, ended_position: position, ended_revision: revision, ended_by: endedBy, end_reason: reason, lasts: 0 },
});

const leaves = (appId: string, userId: string, end: RowChange): readonly RowChange[] => [end, { kind: 'delete', table: present, where: { app_id: appId, user_id: userId } }];

/** The invited user, who may have been here before under the invited address, is the one who accepts from now on. */
const merged = (appId: string, userId: string, invited: RowReference): RowChange => ({
  kind: 'update',
  table: periods,
  where: { app_id: appId },
  like: { ...invited, column: 'user_id' },
  set: { user_id: userId },
});
