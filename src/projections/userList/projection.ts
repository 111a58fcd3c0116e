import { appIdOfEvent, domainEventOf, type Projection, type Row, type RowChange } from '../engine/projection';
import type { DomainEvent, InvitedData, MailEvent, PersonEnvelope, UserKind } from '../../domain/events';
import { normalizeKeapId } from '../../domain/keapId';
import { MAIL_PREFIX, ROSTER_PREFIX } from '../../domain/streams';
import type { StoredEvent } from '../../eventstore/eventStore';
import { comparisonKey, comparisonKeyOrNull } from '../comparisonKey';
import { personColumns, UserChanges } from '../userChanges';
import { NAME, USER_LIST_DEFINITIONS, USER_LIST_TABLES, VERSION } from './tables';

const { apps, users, invitations, sends, formerSignIns } = USER_LIST_TABLES;

type EndOfInvitation = 'REVOKED' | 'DECLINED' | 'EXPIRED';
type Accepted = Extract<DomainEvent, { type: 'InvitationAccepted' }>['data'];
type Moved = Extract<DomainEvent, { type: 'InvitationMoved' }>['data'];
type Resent = Extract<DomainEvent, { type: 'InvitationResent' }>['data'];

/** Apps with their users and invitations: the state of the roster as rows. */
export const userListProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: USER_LIST_DEFINITIONS,
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

/** Delivery of the latest message. Events about a message that a newer one has replaced match no row. */
function deliveryChanges(appId: string, event: DomainEvent): readonly RowChange[] {
  switch (event.type) {
    case 'InvitationEmailSent':
      return [delivered(appId, event.data, 'SENT', null)];
    case 'InvitationEmailFailed':
      return event.data.retryAt === null ? [delivered(appId, event.data, 'FAILED', event.data.reason)] : [];
    default:
      return [];
  }
}

const delivered = (appId: string, { invitationId, sendCount }: MailEvent['data'], delivery: 'SENT' | 'FAILED', reason: string | null): RowChange => ({
  kind: 'update',
  table: invitations,
  where: { app_id: appId, invitation_id: invitationId, send_count: sendCount },
  set: { delivery, delivery_reason: reason },
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
    case 'AppRenamed':
      return [{ kind: 'update', table: apps, where: { app_id: appId }, set: { name: event.data.name, url: event.data.url } }];
    case 'OwnerAdded': {
      const { userId, epoch, person } = event.data;
      return [upsertUser({ app_id: appId, user_id: userId, ...userColumns(person), kind: 'USER', role: 'ADMIN', status: 'ACTIVE', epoch, joined_at: at })];
    }
    case 'PartnerInvited':
      return invited(appId, 'PARTNER', event.data, stored);
    case 'UserInvited':
      return invited(appId, 'USER', event.data, stored);
    case 'InvitationResent':
      return resent(appId, event.data, stored.metadata.actorId);
    case 'InvitationRevoked':
      return invitationEnded(appId, event.data, 'REVOKED', at);
    case 'InvitationDeclined':
      return invitationEnded(appId, event.data, 'DECLINED', at);
    case 'InvitationExpired':
      return invitationEnded(appId, event.data, 'EXPIRED', at);
    case 'InvitationAccepted':
      return accepted(appId, event.data, at);
    case 'InvitationMoved':
      return moved(appId, event.data, at);
    case 'UserRoleChanged':
      return roleChanged(appId, event.data, stored.metadata.actorId);
    case 'PersonBound':
      return bound(appId, event.data.userId, event.data.personId);
    case 'PersonUpdated': {
      const { userId, issuedAt, person } = event.data;
      return [changes.update(appId, userId, { ...userColumns(person), ...(issuedAt === null ? {} : { stated_at: issuedAt }) })];
    }
    case 'AdminAppointed':
      return appointed(appId, event.data, at);
    case 'UserRebound':
      return rebound(appId, event.data);
    case 'PartnerLeftApp':
      return [changes.update(appId, event.data.userId, { status: 'LEFT', ended_at: at })];
    case 'UserRemoved':
      return [changes.update(appId, event.data.userId, { status: 'REMOVED', ended_at: at }), noLongerAdmin(appId, event.data.userId)];
    default:
      return [];
  }
}

const changes = new UserChanges(users, invitations);

const userColumns = (person: PersonEnvelope): Row => ({ ...personColumns(person), keap_id_key: comparisonKey(person.keapId), name_key: comparisonKeyOrNull(person.name) });

/** A known name and a bound person are kept when an event has none. */
const upsertUser = (row: Row): RowChange => ({ kind: 'upsert', table: users, row, keep: ['name', 'name_key', 'person_id'] });

function invited(appId: string, kind: UserKind, data: InvitedData, { occurredAt: at, metadata }: StoredEvent): readonly RowChange[] {
  const { userId, invitationId, role, expiresAt, tokenHash, sendCount, invitedBy, person } = data;
  const invitation = {
    app_id: appId, invitation_id: invitationId, user_id: userId, keap_id_normalized: normalizeKeapId(person.keapId),
    status: 'OPEN', expires_at: expiresAt, send_count: sendCount, delivery: sendCount === 0 ? 'NONE' : 'PENDING',
    kind, role, invited_by: invitedBy, invited_at: at, ...sentBy(metadata.actorId),
  };
  return [
    upsertUser({
      app_id: appId, user_id: userId, ...userColumns(person), kind, role, status: 'INVITED',
      invited_at: at, invited_by: invitedBy, ended_at: null, invitation_id: invitationId, expires_at: expiresAt,
    }),
    { kind: 'upsert', table: invitations, row: invitation },
    ...(sendCount === 0 ? [] : [sent(appId, invitationId, sendCount, tokenHash)]),
  ];
}

const sentBy = (actorId: string): Row => ({ person_id: actorId, sent_by_former_admin: 0 });

/** Marks the invitations of an admin who was removed or demoted. */
const noLongerAdmin = (appId: string, userId: string): RowChange => ({
  kind: 'update',
  table: invitations,
  where: { app_id: appId },
  like: { table: users, key: { app_id: appId, user_id: userId }, column: 'person_id' },
  set: { sent_by_former_admin: 1 },
});

function roleChanged(appId: string, { userId, to }: Extract<DomainEvent, { type: 'UserRoleChanged' }>['data'], actorId: string): readonly RowChange[] {
  const invitation: RowChange = { kind: 'update', table: invitations, where: { app_id: appId, user_id: userId, status: 'OPEN' }, set: sentBy(actorId) };
  return [changes.update(appId, userId, { role: to }), to === 'ADMIN' ? invitation : noLongerAdmin(appId, userId)];
}

const sent = (appId: string, invitationId: string, sendCount: number, tokenHash: string | null): RowChange => ({
  kind: 'upsert',
  table: sends,
  row: { app_id: appId, invitation_id: invitationId, send_count: sendCount, token_hash: tokenHash },
});

function resent(appId: string, { userId, invitationId, expiresAt, tokenHash, sendCount }: Resent, actorId: string): readonly RowChange[] {
  return [
    { kind: 'update', table: invitations, where: { app_id: appId, invitation_id: invitationId }, set: { status: 'OPEN', expires_at: expiresAt, send_count: sendCount, delivery: 'PENDING', delivery_reason: null, ...sentBy(actorId) } },
    changes.update(appId, userId, { status: 'INVITED', ended_at: null, invitation_id: invitationId, expires_at: expiresAt }),
    changes.copyInvitation(appId, userId, invitationId, ['kind', 'invited_at', 'invited_by']),
    sent(appId, invitationId, sendCount, tokenHash),
  ];
}

/** The user who could not accept keeps their row, without the invitation. */
function moved(appId: string, { userId, fromUserId, invitationId, kind, role, expiresAt, person }: Moved, at: string): readonly RowChange[] {
  return [
    changes.update(appId, fromUserId, { status: 'REVOKED', ended_at: at, invitation_id: null }),
    { kind: 'update', table: invitations, where: { app_id: appId, invitation_id: invitationId }, set: { user_id: userId } },
    upsertUser({ app_id: appId, user_id: userId, ...userColumns(person), kind, role, status: 'INVITED', ended_at: null, invitation_id: invitationId, expires_at: expiresAt }),
    changes.copyInvitation(appId, userId, invitationId, ['invited_at', 'invited_by']),
  ];
}

/** An invitation expires at its expiry, whenever that is recorded, so queries tell when. */
function invitationEnded(appId: string, { userId, invitationId }: { readonly userId: string; readonly invitationId: string }, status: EndOfInvitation, at: string): readonly RowChange[] {
  return [
    { kind: 'update', table: invitations, where: { app_id: appId, invitation_id: invitationId }, set: { status } },
    { kind: 'update', table: users, where: { app_id: appId, user_id: userId, invitation_id: invitationId }, set: { status, ...(status === 'EXPIRED' ? {} : { ended_at: at }) } },
  ];
}

function accepted(appId: string, { userId, invitationId, personId, epoch, kind, role, person }: Accepted, at: string): readonly RowChange[] {
  const user = upsertUser({
    app_id: appId, user_id: userId, person_id: personId, ...userColumns(person), kind, role, status: 'ACTIVE',
    epoch, joined_at: at, ended_at: null, invitation_id: invitationId,
  });
  const ended: RowChange = { kind: 'update', table: invitations, where: { app_id: appId, invitation_id: invitationId }, set: { status: 'ACCEPTED', role } };
  if (epoch === 1) return [ended, user];
  return [
    ...changes.mergeInvited(appId, userId, invitationId),
    ended,
    user,
    ...(personId === null ? [] : [{ kind: 'delete', table: formerSignIns, where: { app_id: appId, user_id: userId, person_id: personId } } as const]),
    changes.copyInvitation(appId, userId, invitationId, ['invited_at', 'invited_by', 'expires_at']),
  ];
}

type Appointed = Extract<DomainEvent, { type: 'AdminAppointed' }>['data'];
type Rebound = Extract<DomainEvent, { type: 'UserRebound' }>['data'];

/** Binds a person to a user. An ended user of the same person is no longer bound, and nobody else becomes it. */
const bound = (appId: string, userId: string, personId: string): readonly RowChange[] => [
  { kind: 'update', table: users, where: { app_id: appId, person_id: personId }, set: { person_id: null, vacated: 1 } },
  changes.update(appId, userId, { person_id: personId, vacated: 0 }),
  { kind: 'delete', table: formerSignIns, where: { app_id: appId, user_id: userId, person_id: personId } },
];

function appointed(appId: string, { userId, epoch, wasMember, fromPersonId, revokedInvitationId, person }: Appointed, at: string): readonly RowChange[] {
  const named = { app_id: appId, user_id: userId, ...userColumns(person), kind: 'USER', role: 'ADMIN', status: 'ACTIVE' };
  if (wasMember) return [upsertUser(named)];
  return [
    ...(revokedInvitationId === null ? [] : invitationEnded(appId, { userId, invitationId: revokedInvitationId }, 'REVOKED', at)),
    upsertUser({ ...named, epoch, joined_at: at, ended_at: null }),
    changes.update(appId, userId, { person_id: null }),
    ...(fromPersonId === null ? [] : [formerSignIn(appId, userId, fromPersonId, 0)]),
  ];
}

const formerSignIn = (appId: string, userId: string, personId: string, excluded: 0 | 1): RowChange => ({
  kind: 'upsert',
  table: formerSignIns,
  row: { app_id: appId, user_id: userId, person_id: personId, excluded },
});

function rebound(appId: string, { userId, fromPersonId, toPersonId, person }: Rebound): readonly RowChange[] {
  const { keapId } = person;
  return [
    changes.update(appId, userId, { person_id: null, keap_id: keapId, keap_id_normalized: normalizeKeapId(keapId), keap_id_key: comparisonKey(keapId) }),
    ...(fromPersonId === null ? [] : [formerSignIn(appId, userId, fromPersonId, 1)]),
    ...(fromPersonId === null ? [] : [{ kind: 'update', table: invitations, where: { app_id: appId, person_id: fromPersonId }, set: toPersonId === null ? { sent_by_former_admin: 1 } : { person_id: toPersonId } } as const]),
    ...(toPersonId === null ? [] : bound(appId, userId, toPersonId)),
  ];
}
