import type { DomainEvent, InvitedData, UserKind } from '../domain/events';
import { accountNameOf } from '../domain/fieldRules';
import { normalizeKeapId } from '../domain/keapId';
import { ACCOUNT_PREFIX, ROSTER_PREFIX } from '../domain/streamNames';
import type { StoredEvent } from '../eventstore/eventStore';
import { comparisonKey } from './comparisonKey';
import { appIdOfEvent, domainEventOf } from './projectedEvent';
import { versionedTable, type Projection, type Row, type RowChange, type TableDefinition } from './projection';

const NAME = 'account_central';
const VERSION = 1;

/** Full names of Account Central's tables. */
export const ACCOUNT_CENTRAL_TABLES = {
  apps: versionedTable(NAME, VERSION, 'apps'),
  accounts: versionedTable(NAME, VERSION, 'accounts'),
  invitations: versionedTable(NAME, VERSION, 'invitations'),
} as const;

const { apps, accounts, invitations } = ACCOUNT_CENTRAL_TABLES;

/** What a person's accounts are ordered by: the label in any case, the account name until there is one. */
export const ACCOUNT_ORDER = 'coalesce(label_key, account_key)';

const appsTable: TableDefinition = {
  name: apps,
  columns: { app_id: 'TEXT NOT NULL', account_name: 'TEXT NOT NULL', account_key: 'TEXT NOT NULL', url: 'TEXT NOT NULL' },
  primaryKey: ['app_id'],
  withoutRowId: true,
};

/** One row for each user of each app; those that are ACTIVE are the accounts, those that are INVITED the received invitations. */
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
  ],
};

/** What a user gets back from an earlier invitation that is sent once more. */
const invitationsTable: TableDefinition = {
  name: invitations,
  columns: { app_id: 'TEXT NOT NULL', invitation_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL', kind: 'TEXT NOT NULL', invited_by: 'TEXT' },
  primaryKey: ['app_id', 'invitation_id'],
  withoutRowId: true,
  also: [`CREATE INDEX ${invitations}_by_user ON ${invitations} (app_id, user_id)`],
};

/** What each person finds in their Account Central: the apps they are active in, their labels, invitations to them. */
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
      return [updateAccount(appId, userId, { label, label_key: comparisonKey(label) })];
    }
    return changesOf(domainEvent, event);
  },
};

function changesOf(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  const appId = appIdOfEvent(stored);
  switch (event.type) {
    case 'AppRegistered': {
      const accountName = accountNameOf(appId, event.data.name);
      return [{ kind: 'upsert', table: apps, row: { app_id: appId, account_name: accountName, account_key: comparisonKey(accountName), url: event.data.url } }];
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
        updateAccount(appId, userId, { status: 'INVITED', invitation_id: invitationId, expires_at: expiresAt }),
        copyInvitation(appId, userId, invitationId, ['kind', 'invited_by']),
      ];
    }
    case 'InvitationRevoked':
    case 'InvitationDeclined':
    case 'InvitationExpired': {
      const { userId, invitationId } = event.data;
      return [{ kind: 'update', table: accounts, where: { app_id: appId, user_id: userId, invitation_id: invitationId }, set: { status: 'ENDED' } }];
    }
    case 'InvitationAccepted':
      return accepted(appId, event.data, stored.occurredAt);
    case 'UserRoleChanged':
      return [updateAccount(appId, event.data.userId, { role: event.data.to })];
    case 'PersonBound':
      return [updateAccount(appId, event.data.userId, { person_id: event.data.personId })];
    case 'PartnerLeftApp':
    case 'UserRemoved':
      return [updateAccount(appId, event.data.userId, { status: 'ENDED' })];
    default:
      return [];
  }
}

const personColumns = ({ keapId, name }: { readonly keapId: string; readonly name: string | null }): Row => ({
  keap_id: keapId,
  keap_id_normalized: normalizeKeapId(keapId),
  name,
});

const updateAccount = (appId: string, userId: string, set: Row): RowChange => ({ kind: 'update', table: accounts, where: { app_id: appId, user_id: userId }, set });

const copyInvitation = (appId: string, userId: string, invitationId: string, columns: readonly string[]): RowChange => ({
  kind: 'copy',
  table: accounts,
  where: { app_id: appId, user_id: userId },
  from: { table: invitations, key: { app_id: appId, invitation_id: invitationId } },
  columns,
});

const upsertAccount = (row: Row): RowChange => ({ kind: 'upsert', table: accounts, row, keep: ['name', 'person_id'] });

/** What Account Central shows of the app; it stands in the row for the order of accounts, and is needed from the first joining on. */
const copyApp = (appId: string, userId: string): RowChange => ({
  kind: 'copy',
  table: accounts,
  where: { app_id: appId, user_id: userId },
  from: { table: apps, key: { app_id: appId } },
  columns: ['account_name', 'account_key', 'url'],
});

function invited(appId: string, kind: UserKind, { userId, invitationId, role, expiresAt, invitedBy, person }: InvitedData): readonly RowChange[] {
  return [
    upsertAccount({ app_id: appId, user_id: userId, ...personColumns(person), kind, role, status: 'INVITED', invitation_id: invitationId, expires_at: expiresAt, invited_by: invitedBy }),
    { kind: 'upsert', table: invitations, row: { app_id: appId, invitation_id: invitationId, user_id: userId, kind, invited_by: invitedBy } },
  ];
}

/**
 * The person may have had a user before, under another address: then the one made for the invitation goes, and its
 * invitations are theirs. Such a user has joined before, so a first joining is simpler.
 */
function accepted(appId: string, data: Extract<DomainEvent, { type: 'InvitationAccepted' }>['data'], at: string): readonly RowChange[] {
  const { userId, invitationId, personId, epoch, kind, role, person } = data;
  const account = upsertAccount({
    app_id: appId, user_id: userId, person_id: personId, ...personColumns(person), kind, role, status: 'ACTIVE', joined_at: at, invitation_id: invitationId,
  });
  if (epoch === 1) return [account, copyApp(appId, userId)];
  const like = { table: invitations, key: { app_id: appId, invitation_id: invitationId }, column: 'user_id' };
  return [
    { kind: 'delete', table: accounts, where: { app_id: appId }, like, unless: { user_id: userId } },
    { kind: 'update', table: invitations, where: { app_id: appId }, like, set: { user_id: userId } },
    account,
  ];
}
