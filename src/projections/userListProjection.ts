import type { DomainEvent, InvitedData, MailEvent, UserKind } from '../domain/events';
import { normalizeKeapId } from '../domain/keapId';
import { MAIL_PREFIX, ROSTER_PREFIX } from '../domain/streamNames';
import type { StoredEvent } from '../eventstore/eventStore';
import { comparisonKeyOrNull } from './comparisonKey';
import { appIdOfEvent, domainEventOf } from './projectedEvent';
import type { Projection, Row, RowChange } from './projection';
import { USER_LIST, USER_LIST_TABLES, USER_LIST_VERSION, userListTables } from './userListTables';

const { apps, users, invitations, sends } = USER_LIST_TABLES;

type EndOfInvitation = 'REVOKED' | 'DECLINED' | 'EXPIRED';
type Accepted = Extract<DomainEvent, { type: 'InvitationAccepted' }>['data'];
type Resent = Extract<DomainEvent, { type: 'InvitationResent' }>['data'];

/** Apps with their users and invitations; the same facts as the roster's fold, as rows. */
export const userListProjection: Projection = {
  name: USER_LIST,
  version: USER_LIST_VERSION,
  tables: userListTables,
  streamPrefixes: [ROSTER_PREFIX, MAIL_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    if (event.stream.startsWith(MAIL_PREFIX)) return domainEvent === undefined ? [] : deliveryChanges(event.stream.slice(MAIL_PREFIX.length), domainEvent);
    if (domainEvent === undefined) return [lastEvent(event)];
    return [...changesOf(domainEvent, event), lastEvent(event)];
  },
};

function lastEvent({ stream, revision, position }: StoredEvent): RowChange {
  return { kind: 'update', table: apps, where: { app_id: stream.slice(ROSTER_PREFIX.length) }, set: { revision, position } };
}

/** How far the latest message has come; one that a newer message has replaced tells nothing any more. */
function deliveryChanges(appId: string, event: DomainEvent): readonly RowChange[] {
  switch (event.type) {
    case 'InvitationEmailSent':
      return [delivered(appId, event.data, 'SENT')];
    case 'InvitationEmailFailed':
      return event.data.retryAt === null ? [delivered(appId, event.data, 'FAILED')] : [];
    default:
      return [];
  }
}

const delivered = (appId: string, { invitationId, sendCount }: MailEvent['data'], delivery: 'SENT' | 'FAILED'): RowChange => ({
  kind: 'update',
  table: invitations,
  where: { app_id: appId, invitation_id: invitationId, send_count: sendCount },
  set: { delivery },
});

function changesOf(event: DomainEvent, stored: StoredEvent): readonly RowChange[] {
  const appId = appIdOfEvent(stored);
  const at = stored.occurredAt;
  switch (event.type) {
    case 'AppRegistered': {
      const { name, url, licences } = event.data;
      const { revision, position } = stored;
      return [{ kind: 'upsert', table: apps, row: { app_id: appId, name, url, licences, registered_at: at, revision, position } }];
    }
    case 'LicencesSet':
      return [{ kind: 'update', table: apps, where: { app_id: appId }, set: { licences: event.data.licences } }];
    case 'OwnerAdded': {
      const { userId, epoch, person } = event.data;
      return [upsertUser({ app_id: appId, user_id: userId, ...personColumns(person), kind: 'USER', role: 'ADMIN', status: 'ACTIVE', epoch, joined_at: at })];
    }
    case 'PartnerInvited':
      return invited(appId, 'PARTNER', event.data, at);
    case 'UserInvited':
      return invited(appId, 'USER', event.data, at);
    case 'InvitationResent':
      return resent(appId, event.data, at);
    case 'InvitationRevoked':
      return invitationEnded(appId, event.data, 'REVOKED');
    case 'InvitationDeclined':
      return invitationEnded(appId, event.data, 'DECLINED');
    case 'InvitationExpired':
      return invitationEnded(appId, event.data, 'EXPIRED');
    case 'InvitationAccepted':
      return accepted(appId, event.data, at);
    case 'UserRoleChanged':
      return [updateUser(appId, event.data.userId, { role: event.data.to })];
    case 'PersonBound':
      return [updateUser(appId, event.data.userId, { person_id: event.data.personId })];
    case 'PartnerLeftApp':
      return [updateUser(appId, event.data.userId, { status: 'LEFT', ended_at: at })];
    case 'UserRemoved':
      return [updateUser(appId, event.data.userId, { status: 'REMOVED', ended_at: at })];
    default:
      return [];
  }
}

const personColumns = ({ keapId, name }: { readonly keapId: string; readonly name: string | null }): Row => ({
  keap_id: keapId,
  keap_id_normalized: normalizeKeapId(keapId),
  name,
  name_key: comparisonKeyOrNull(name),
});

/** A name that is known is not forgotten because the next event has none; nor is who signed in. */
const upsertUser = (row: Row): RowChange => ({ kind: 'upsert', table: users, row, keep: ['name', 'name_key', 'person_id'] });

const updateUser = (appId: string, userId: string, set: Row): RowChange => ({ kind: 'update', table: users, where: { app_id: appId, user_id: userId }, set });

/** What a user has from their latest invitation. */
const copyInvitation = (appId: string, userId: string, invitationId: string, columns: readonly string[]): RowChange => ({
  kind: 'copy',
  table: users,
  where: { app_id: appId, user_id: userId },
  from: { table: invitations, key: { app_id: appId, invitation_id: invitationId } },
  columns,
});

function invited(appId: string, kind: UserKind, data: InvitedData, at: string): readonly RowChange[] {
  const { userId, invitationId, role, expiresAt, tokenHash, sendCount, invitedBy, person } = data;
  const invitation = {
    app_id: appId, invitation_id: invitationId, user_id: userId, keap_id_normalized: normalizeKeapId(person.keapId),
    status: 'OPEN', expires_at: expiresAt, send_count: sendCount, delivery: sendCount === 0 ? 'NONE' : 'PENDING',
    kind, role, invited_by: invitedBy, invited_at: at,
  };
  return [
    upsertUser({
      app_id: appId, user_id: userId, ...personColumns(person), kind, role, status: 'INVITED',
      invited_at: at, invited_by: invitedBy, invitation_id: invitationId, expires_at: expiresAt,
    }),
    { kind: 'upsert', table: invitations, row: invitation },
    ...(sendCount === 0 ? [] : [sent(appId, invitationId, sendCount, tokenHash, at)]),
  ];
}

const sent = (appId: string, invitationId: string, sendCount: number, tokenHash: string | null, at: string): RowChange => ({
  kind: 'upsert',
  table: sends,
  row: { app_id: appId, invitation_id: invitationId, send_count: sendCount, token_hash: tokenHash, sent_at: at },
});

function resent(appId: string, { userId, invitationId, expiresAt, tokenHash, sendCount }: Resent, at: string): readonly RowChange[] {
  return [
    { kind: 'update', table: invitations, where: { app_id: appId, invitation_id: invitationId }, set: { status: 'OPEN', expires_at: expiresAt, send_count: sendCount, delivery: 'PENDING' } },
    updateUser(appId, userId, { status: 'INVITED', invitation_id: invitationId, expires_at: expiresAt }),
    copyInvitation(appId, userId, invitationId, ['kind', 'invited_at', 'invited_by']),
    sent(appId, invitationId, sendCount, tokenHash, at),
  ];
}

function invitationEnded(appId: string, { userId, invitationId }: { readonly userId: string; readonly invitationId: string }, status: EndOfInvitation): readonly RowChange[] {
  return [
    { kind: 'update', table: invitations, where: { app_id: appId, invitation_id: invitationId }, set: { status } },
    { kind: 'update', table: users, where: { app_id: appId, user_id: userId, invitation_id: invitationId }, set: { status } },
  ];
}

/**
 * The person may have had a user before, under another address: then the one made for the invitation goes, and its
 * invitations are theirs. Such a user has joined before, so a first joining is simpler.
 */
function accepted(appId: string, { userId, invitationId, personId, epoch, kind, role, person }: Accepted, at: string): readonly RowChange[] {
  const invitation = { table: invitations, key: { app_id: appId, invitation_id: invitationId } };
  const user = upsertUser({
    app_id: appId, user_id: userId, person_id: personId, ...personColumns(person), kind, role, status: 'ACTIVE',
    epoch, joined_at: at, ended_at: null, invitation_id: invitationId,
  });
  const ended: RowChange = { kind: 'update', table: invitations, where: invitation.key, set: { status: 'ACCEPTED', role } };
  if (epoch === 1) return [ended, user];
  return [
    { kind: 'delete', table: users, where: { app_id: appId }, like: { ...invitation, column: 'user_id' }, unless: { user_id: userId } },
    { kind: 'update', table: invitations, where: { app_id: appId }, like: { ...invitation, column: 'user_id' }, set: { user_id: userId } },
    ended,
    user,
    copyInvitation(appId, userId, invitationId, ['invited_at', 'invited_by', 'expires_at']),
  ];
}
