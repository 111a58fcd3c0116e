import type { DomainEvent, InvitedData, UserKind } from '../../domain/events';
import { accountNameOf } from '../../domain/fields';
import { normalizeKeapId } from '../../domain/keapId';
import { ACCOUNT_PREFIX, ROSTER_PREFIX } from '../../domain/streams';
import { isErasedText, type StoredEvent } from '../../eventstore/eventStore';
import { comparisonKey } from '../comparisonKey';
import { personColumns, UserChanges } from '../userChanges';
import { appIdOfEvent, domainEventOf, type Projection, type Row, type RowChange, type TableDefinition, versionedTable } from '../engine/projection';

const NAME = 'account_central';
const VERSION = 3;

/** Full names of the tables of Account Central. */
export const ACCOUNT_CENTRAL_TABLES = {
  apps: versionedTable(NAME, VERSION, 'apps'),
  accounts: versionedTable(NAME, VERSION, 'accounts'),
  invitations: versionedTable(NAME, VERSION, 'invitations'),
} as const;

const { apps, accounts, invitations } = ACCOUNT_CENTRAL_TABLES;

/** SQL expression that orders a person's accounts: by label, or by account name without one, compared by `comparisonKey`. */
export const ACCOUNT_ORDER = 'coalesce(label_key, account_key)';

const appsTable: TableDefinition = {
  name: apps,
  columns: { app_id: 'TEXT NOT NULL', account_name: 'TEXT NOT NULL', account_key: 'TEXT NOT NULL', url: 'TEXT NOT NULL' },
  primaryKey: ['app_id'],
  withoutRowId: true,
};

/** One row per user of an app. ACTIVE rows are accounts, INVITED rows are received invitations. */
const accountsTable: TableDefinition = {
  name: accounts,
  columns: {
    app_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    person_id: 'TEXT',
    keap_id: 'TEXT NOT NULL',
    keap_id_normalized: 'TEXT NOT NULL',
    name: 'TEXT',
    kind: 'TEXT NOT NULL',
    role: 'TEXT NOT NULL',
    status: "TEXT NOT NULL CHECK (status IN ('INVITED', 'ACTIVE', 'ENDED'))",
    joined_at: 'TEXT',
    invitation_id: 'TEXT',
    expires_at: 'TEXT',
    /** The Keap ID that the latest invitation was sent to, for comparison. */
    invited_as: 'TEXT',
    invited_by: 'TEXT',
    account_name: 'TEXT',
    account_key: 'TEXT',
    url: 'TEXT',
    label: 'TEXT',
    label_key: 'TEXT',
  },
  primaryKey: ['app_id', 'user_id'],
  also: [
    `CREATE INDEX ${accounts}_by_person ON ${accounts} (person_id, status, ${ACCOUNT_ORDER}, app_id) WHERE person_id IS NOT NULL`,
    `CREATE INDEX ${accounts}_by_address ON ${accounts} (keap_id_normalized, status, ${ACCOUNT_ORDER}, app_id) WHERE person_id IS NULL`,
    `CREATE INDEX ${accounts}_invited ON ${accounts} (invited_as, expires_at) WHERE status = 'INVITED'`,
  ],
};

/** Columns that a user gets back when an earlier invitation is resent. */
const invitationsTable: TableDefinition = {
  name: invitations,
  columns: { app_id: 'TEXT NOT NULL', invitation_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', kind: 'TEXT NOT NULL', invited_as: 'TEXT NOT NULL', invited_by: 'TEXT' },
  primaryKey: ['app_id', 'invitation_id'],
  withoutRowId: true,
  also: [`CREATE INDEX ${invitations}_by_user ON ${invitations} (app_id, user_id)`],
};

/** Account Central of each person: the apps in which they are active, their labels, and invitations to them. */
export const accountCentralProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [appsTable, accountsTable, invitationsTable],
  streamPrefixes: [ROSTER_PREFIX, ACCOUNT_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    if (domainEvent === undefined) return [];
    if (domainEvent.type === 'AccountLabelSet') {
      const { appId, userId, label } = domainEvent.data;
      const shown = isErasedText(label) ? null : label;
      return [changes.update(appId, userId, { label: shown, label_key: shown === null ? null : comparisonKey(shown) })];
    }
    return changesOf(domainEvent, event);
  },
};

function changesOf(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  const appId = appIdOfEvent(stored);
  switch (event.type) {
    case 'AppRegistered': {
      return [{ kind: 'upsert', table: apps, row: { app_id: appId, ...appColumns(appId, event.data) } }];
    }
    case 'AppRenamed': {
      const named = appColumns(appId, event.data);
      return [apps, accounts].map((table) => ({ kind: 'update', table, where: { app_id: appId }, set: named }));
    }
    case 'OwnerAdded': {
      const { userId, person } = event.data;
      return [
        upsertAccount({ app_id: appId, user_id: userId, ...personColumns(person), kind: 'USER', role: 'ADMIN', status: 'ACTIVE', joined_at: stored.occurredAt }),
        copyApp(appId, userId),
      ];
    }
    case 'PartnerInvited':
      return invited(appId, 'PARTNER', event.data);
    case 'UserInvited':
      return invited(appId, 'USER', event.data);
    case 'InvitationResent': {
      const { userId, invitationId, expiresAt } = event.data;
      return [
        changes.update(appId, userId, { status: 'INVITED', invitation_id: invitationId, expires_at: expiresAt }),
        changes.copyInvitation(appId, userId, invitationId, ['kind', 'invited_as', 'invited_by']),
      ];
    }
    case 'InvitationRevoked':
    case 'InvitationDeclined': {
      const { userId, invitationId } = event.data;
      return [{ kind: 'update', table: accounts, where: { app_id: appId, user_id: userId, invitation_id: invitationId }, set: { status: 'ENDED' } }];
    }
    case 'InvitationMoved': {
      const { userId, fromUserId, invitationId, kind, role, expiresAt, person } = event.data;
      return [
        changes.update(appId, fromUserId, { status: 'ENDED', invitation_id: null }),
        { kind: 'update', table: invitations, where: { app_id: appId, invitation_id: invitationId }, set: { user_id: userId } },
        upsertAccount({ app_id: appId, user_id: userId, ...personColumns(person), kind, role, status: 'INVITED', invitation_id: invitationId, expires_at: expiresAt }),
        changes.copyInvitation(appId, userId, invitationId, ['invited_as', 'invited_by']),
      ];
    }
    case 'InvitationAccepted':
      return accepted(appId, event.data, stored.occurredAt);
    case 'UserRoleChanged':
      return [changes.update(appId, event.data.userId, { role: event.data.to })];
    case 'PersonBound':
      return bound(appId, event.data.userId, event.data.personId);
    case 'PersonUpdated':
      return [changes.update(appId, event.data.userId, personColumns(event.data.person))];
    case 'AdminAppointed':
      return appointed(appId, event.data, stored.occurredAt);
    case 'UserRebound':
      return rebound(appId, event.data);
    case 'PartnerLeftApp':
    case 'UserRemoved':
      return [changes.update(appId, event.data.userId, { status: 'ENDED' })];
    default:
      return [];
  }
}

const changes = new UserChanges(accounts, invitations);

const upsertAccount = (row: Row): RowChange => ({ kind: 'upsert', table: accounts, row, keep: ['name', 'person_id'] });

function appColumns(appId: string, { name, url }: { readonly name: string; readonly url: string }): Row {
  const accountName = accountNameOf(appId, name);
  return { account_name: accountName, account_key: comparisonKey(accountName), url };
}

/** Columns of the app that Account Central shows. They are copied when a user joins first, because accounts are ordered by them. */
const copyApp = (appId: string, userId: string): RowChange => ({
  kind: 'copy',
  table: accounts,
  where: { app_id: appId, user_id: userId },
  from: { table: apps, key: { app_id: appId } },
  columns: ['account_name', 'account_key', 'url'],
});

function invited(appId: string, kind: UserKind, { userId, invitationId, role, expiresAt, invitedBy, person }: InvitedData): readonly RowChange[] {
  return [
    upsertAccount({ app_id: appId, user_id: userId, ...personColumns(person), kind, role, status: 'INVITED', invitation_id: invitationId, expires_at: expiresAt, invited_as: normalizeKeapId(person.keapId), invited_by: invitedBy }),
    { kind: 'upsert', table: invitations, row: { app_id: appId, invitation_id: invitationId, user_id: userId, kind, invited_as: normalizeKeapId(person.keapId), invited_by: invitedBy } },
  ];
}

/** A user who joins again has their app's columns already, and may have another address now. */
function accepted(appId: string, data: Extract<DomainEvent, { type: 'InvitationAccepted' }>['data'], at: string): readonly RowChange[] {
  const { userId, invitationId, personId, epoch, kind, role, person } = data;
  const account = upsertAccount({
    app_id: appId, user_id: userId, person_id: personId, ...personColumns(person), kind, role, status: 'ACTIVE', joined_at: at, invitation_id: invitationId,
  });
  if (epoch === 1) return [account, copyApp(appId, userId)];
  return [...changes.mergeInvited(appId, userId, invitationId), account];
}

type Appointed = Extract<DomainEvent, { type: 'AdminAppointed' }>['data'];
type Rebound = Extract<DomainEvent, { type: 'UserRebound' }>['data'];

/** Binds a person to a user. An ended user of the same person is no longer bound. */
const bound = (appId: string, userId: string, personId: string): readonly RowChange[] => [changes.unbind(appId, personId), changes.update(appId, userId, { person_id: personId })];

function appointed(appId: string, { userId, epoch, wasMember, person }: Appointed, at: string): readonly RowChange[] {
  const account = { app_id: appId, user_id: userId, ...personColumns(person), kind: 'USER', role: 'ADMIN', status: 'ACTIVE' };
  if (wasMember) return [upsertAccount(account)];
  return [upsertAccount({ ...account, joined_at: at }), changes.update(appId, userId, { person_id: null }), ...(epoch === 1 ? [copyApp(appId, userId)] : [])];
}

function rebound(appId: string, { userId, toPersonId, person: { keapId } }: Rebound): readonly RowChange[] {
  return [
    changes.update(appId, userId, { person_id: null, keap_id: keapId, keap_id_normalized: normalizeKeapId(keapId) }),
    ...(toPersonId === null ? [] : bound(appId, userId, toPersonId)),
  ];
}
