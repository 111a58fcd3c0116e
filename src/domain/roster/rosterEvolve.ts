import { normalizeKeapId } from '../keapId';
import type { InvitedData, Recorded, RosterEvent, UserKind, UserRole } from '../events';
import type { RosterInvitation, RosterState, RosterUser } from './rosterState';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Takes one recorded fact into the state, in place, and returns it. Never checks a rule. */
export function evolveRoster(state: RosterState, event: Recorded<RosterEvent>): RosterState {
  state.lastOccurredAt = event.occurredAt;
  if (event.keyed) rememberCommand(state, event);
  switch (event.type) {
    case 'AppRegistered':
      state.registered = true;
      state.name = event.data.name;
      state.url = event.data.url;
      state.licences = event.data.licences;
      state.registeredPosition = state.licencesPosition = event.position;
      return state;
    case 'OwnerAdded':
      putUser(state, event.data.userId, event.data.person.keapId, event.data.person.name, 'USER', 'ADMIN', event.position);
      enter(state, event.data.userId, event.data.epoch, event.position);
      return state;
    case 'LicencesSet':
      state.licences = event.data.licences;
      state.licencesPosition = event.position;
      return state;
    case 'PartnerInvited':
      return invited(state, 'PARTNER', event.data, event);
    case 'UserInvited':
      return invited(state, 'USER', event.data, event);
    case 'InvitationResent': {
      const { invitationId, expiresAt, tokenHash, sendCount } = event.data;
      const invitation = state.invitations.get(invitationId);
      if (invitation) {
        Object.assign(invitation, { expiresAt, tokenHash, sendCount, status: 'OPEN', statusPosition: event.position });
        countSend(state, event.occurredAt);
        const user = state.users.get(invitation.userId);
        if (user) {
          user.status = 'INVITED';
          user.kind = invitation.kind;
          user.invitationId = invitationId;
          user.statusPosition = event.position;
        }
      }
      return state;
    }
    case 'InvitationRevoked':
      return endInvitation(state, event.data.invitationId, 'REVOKED', event.position);
    case 'InvitationDeclined':
      return endInvitation(state, event.data.invitationId, 'DECLINED', event.position);
    case 'InvitationExpired':
      return endInvitation(state, event.data.invitationId, 'EXPIRED', event.position);
    case 'InvitationAccepted':
      return accepted(state, event);
    case 'UserRoleChanged': {
      const user = state.users.get(event.data.userId);
      if (user) {
        user.role = event.data.to;
        user.rolePosition = event.position;
      }
      return state;
    }
    case 'PersonBound': {
      const user = state.users.get(event.data.userId);
      if (user) bind(state, user, event.data.personId);
      return state;
    }
    case 'PartnerLeftApp':
      return end(state, event.data.userId, 'LEFT', event.data.leaveId, event.position);
    case 'UserRemoved':
      return end(state, event.data.userId, 'REMOVED', event.data.leaveId, event.position);
  }
}

function rememberCommand(state: RosterState, event: Recorded<RosterEvent>): void {
  const data: { readonly userId?: string; readonly invitationId?: string } = event.data as object;
  state.keyedCommands.set(event.commandId, {
    position: event.position,
    occurredAt: event.occurredAt,
    userId: data.userId ?? null,
    invitationId: data.invitationId ?? null,
  });
}

function putUser(state: RosterState, userId: string, keapId: string, name: string | null, kind: UserKind, role: UserRole, position: string): RosterUser {
  const keapIdNormalized = normalizeKeapId(keapId);
  const existing = state.users.get(userId);
  if (existing) {
    if (existing.keapIdNormalized !== keapIdNormalized) forgetKeapId(state, existing);
    Object.assign(existing, { keapId, keapIdNormalized, name: name ?? existing.name, kind, role, rolePosition: position });
  }
  const user: RosterUser = existing ?? {
    userId, keapId, keapIdNormalized, name, kind, role,
    status: 'INVITED', personId: null, epoch: 0, invitationId: null, rolePosition: position, statusPosition: position,
  };
  state.users.set(userId, user);
  const sameAddress = state.userIdsByKeapId.get(keapIdNormalized) ?? [];
  if (!sameAddress.includes(userId)) state.userIdsByKeapId.set(keapIdNormalized, [...sameAddress, userId]);
  return user;
}

function forgetKeapId(state: RosterState, user: RosterUser): void {
  const others = (state.userIdsByKeapId.get(user.keapIdNormalized) ?? []).filter((id) => id !== user.userId);
  state.userIdsByKeapId.set(user.keapIdNormalized, others);
}

function bind(state: RosterState, user: RosterUser, personId: string): void {
  user.personId = personId;
  state.userIdByPerson.set(personId, user.userId);
}

function enter(state: RosterState, userId: string, epoch: number, position: string): void {
  const user = state.users.get(userId);
  if (user) Object.assign(user, { status: 'ACTIVE', epoch, statusPosition: position });
}

function invited(state: RosterState, kind: UserKind, data: InvitedData, event: Recorded<RosterEvent>): RosterState {
  const user = putUser(state, data.userId, data.person.keapId, data.person.name, kind, data.role, event.position);
  Object.assign(user, { status: 'INVITED', invitationId: data.invitationId, statusPosition: event.position });
  const invitation: RosterInvitation = {
    invitationId: data.invitationId,
    userId: data.userId,
    kind,
    keapId: data.person.keapId,
    keapIdNormalized: normalizeKeapId(data.person.keapId),
    status: 'OPEN',
    expiresAt: data.expiresAt,
    tokenHash: data.tokenHash,
    sendCount: data.sendCount,
    acceptedBy: null,
    statusPosition: event.position,
  };
  state.invitations.set(data.invitationId, invitation);
  if (data.sendCount > 0) countSend(state, event.occurredAt);
  return state;
}

/**
 * A person who is invited under a second address keeps the user they had: the one that was made for the invitation goes,
 * and its invitations are that user's.
 */
function accepted(state: RosterState, event: Recorded<Extract<RosterEvent, { type: 'InvitationAccepted' }>>): RosterState {
  const { userId, invitationId, personId, epoch, kind, role, person } = event.data;
  const invitation = state.invitations.get(invitationId);
  if (invitation) {
    Object.assign(invitation, { status: 'ACCEPTED', acceptedBy: personId, statusPosition: event.position });
    const invitedUser = state.users.get(invitation.userId);
    if (invitedUser && invitedUser.userId !== userId) {
      forgetKeapId(state, invitedUser);
      state.users.delete(invitedUser.userId);
      for (const one of state.invitations.values()) if (one.userId === invitedUser.userId) one.userId = userId;
    }
  }
  const user = putUser(state, userId, person.keapId, person.name, kind, role, event.position);
  user.invitationId = invitationId;
  if (personId !== null) bind(state, user, personId);
  enter(state, userId, epoch, event.position);
  return state;
}

function endInvitation(state: RosterState, invitationId: string, status: 'REVOKED' | 'DECLINED' | 'EXPIRED', position: string): RosterState {
  const invitation = state.invitations.get(invitationId);
  if (!invitation) return state;
  invitation.status = status;
  invitation.statusPosition = position;
  const user = state.users.get(invitation.userId);
  if (user?.invitationId === invitationId) {
    user.status = status;
    user.statusPosition = position;
  }
  return state;
}

function end(state: RosterState, userId: string, status: 'LEFT' | 'REMOVED', leaveId: string, position: string): RosterState {
  const user = state.users.get(userId);
  state.departures.set(leaveId, position);
  if (user) Object.assign(user, { status, statusPosition: position });
  return state;
}

function countSend(state: RosterState, at: string): void {
  const dayAgo = new Date(Date.parse(at) - DAY_MS).toISOString();
  while (state.sentAt[0] !== undefined && state.sentAt[0] <= dayAgo) state.sentAt.shift();
  state.sentAt.push(at);
}
