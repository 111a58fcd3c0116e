import { normalizeKeapId } from '../keapId';
import type { InvitedData, Recorded, RosterEvent, UserKind } from '../events';
import { changeInvitation, changeUser, know, mergeUser, putInvitation, putUser } from './rows';
import { dayBefore, latestInvitation, type RosterInvitation, type RosterState, type RosterUser } from './state';

/** Applies one recorded event to the state in place and returns the state. Checks no rules. */
export function evolveRoster(state: RosterState, event: Recorded<RosterEvent>): RosterState {
  state.lastOccurredAt = event.occurredAt;
  if (event.keyed) rememberCommand(state, event);
  switch (event.type) {
    case 'AppRegistered':
      state.registered = true;
      state.name = event.data.name;
      state.url = event.data.url;
      state.licences = event.data.licences;
      state.registeredPosition = state.licencesPosition = state.namePosition = event.position;
      return state;
    case 'OwnerAdded':
      putUser(state, event.data.userId, event.data.person, 'USER', 'ADMIN', event.position);
      enter(state, event.data.userId, event.data.epoch, event.position);
      return state;
    case 'LicencesSet':
      state.licences = event.data.licences;
      state.licencesPosition = event.position;
      return state;
    case 'AppRenamed':
      state.name = event.data.name;
      state.url = event.data.url;
      state.namePosition = event.position;
      return state;
    case 'ImportStarted':
      state.importing = true;
      return state;
    case 'ImportFinished':
      state.importing = false;
      return state;
    case 'PartnerInvited':
      return invited(state, 'PARTNER', event.data, event);
    case 'UserInvited':
      return invited(state, 'USER', event.data, event);
    case 'InvitationResent': {
      const { invitationId, expiresAt, tokenHash, sendCount } = event.data;
      const invitation = state.invitations.get(invitationId);
      if (!invitation) return state;
      const user = state.users.get(invitation.userId);
      if (user) replaceInvitation(state, user, invitationId);
      changeInvitation(state, invitationId, { expiresAt, tokenHash, sendCount, status: 'OPEN', expiryRecorded: false, statusPosition: event.position, senderId: senderIdOf(state, event, invitationId) });
      countSend(state, invitation, event.decidedAt);
      changeUser(state, invitation.userId, { status: 'INVITED', kind: invitation.kind, invitationId, statusPosition: event.position });
      return state;
    }
    case 'InvitationRevoked':
      return endInvitation(state, event.data.invitationId, 'REVOKED', event.position);
    case 'InvitationDeclined':
      return endInvitation(state, event.data.invitationId, 'DECLINED', event.position);
    case 'InvitationExpired':
      changeInvitation(state, event.data.invitationId, { expiryRecorded: true });
      return state;
    case 'InvitationAccepted':
      return accepted(state, event);
    case 'UserRoleChanged': {
      const { userId, to } = event.data;
      const user = state.users.get(userId);
      if (!user) return state;
      changeUser(state, userId, { role: to, rolePosition: event.position });
      const invitation = latestInvitation(state, user);
      if (to === 'STANDARD') noLongerAdmin(state, user.personId);
      else if (invitation?.status === 'OPEN') changeInvitation(state, invitation.invitationId, { senderId: senderIdOf(state, event, invitation.invitationId) });
      return state;
    }
    case 'InvitationMoved': {
      const { userId, fromUserId, invitationId, kind, role, person } = event.data;
      putUser(state, userId, person, kind, role, event.position);
      changeInvitation(state, invitationId, { userId });
      changeUser(state, fromUserId, { status: 'REVOKED', invitationId: null, statusPosition: event.position });
      changeUser(state, userId, { status: 'INVITED', invitationId, statusPosition: event.position });
      return state;
    }
    case 'PersonUpdated': {
      const { userId, issuedAt, person } = event.data;
      const user = state.users.get(userId);
      if (!user) return state;
      const keapIdNormalized = normalizeKeapId(person.keapId);
      changeUser(state, userId, { keapId: person.keapId, keapIdNormalized, name: person.name ?? user.name, statedAt: issuedAt ?? user.statedAt });
      know(state, userId, keapIdNormalized);
      return state;
    }
    case 'PersonBound':
      bind(state, event.data.userId, event.data.personId, event.position);
      return state;
    case 'AdminAppointed':
      return appointed(state, event);
    case 'UserRebound':
      return rebound(state, event);
    case 'PartnerLeftApp':
      return end(state, event.data.userId, 'LEFT', event.data.leaveId, event.position);
    case 'UserRemoved':
      noLongerAdmin(state, state.users.get(event.data.userId)?.personId ?? null);
      return end(state, event.data.userId, 'REMOVED', event.data.leaveId, event.position);
  }
}

function rememberCommand(state: RosterState, { commandId, position, occurredAt, data }: Recorded<RosterEvent>): void {
  const userId = 'userId' in data ? data.userId : null;
  const invitationId = 'invitationId' in data ? data.invitationId : null;
  state.keyedCommands.set(commandId, { position, occurredAt, userId, invitationId });
}

/** A person has one user in the app: an earlier one of theirs, which has ended, is no longer bound, and nobody else becomes it. */
function bind(state: RosterState, userId: string, personId: string, position: string): void {
  const user = state.users.get(userId);
  if (!user) return;
  const earlier = state.userIdByPerson.get(personId);
  if (earlier !== undefined && earlier !== userId) changeUser(state, earlier, { personId: null, vacated: true });
  unbind(state, userId, position);
  changeUser(state, userId, { personId, vacated: false, replacedPersonIds: user.replacedPersonIds.filter((replaced) => replaced !== personId) });
  state.userIdByPerson.set(personId, userId);
}

function unbind(state: RosterState, userId: string, position: string): void {
  const personId = state.users.get(userId)?.personId ?? null;
  if (personId !== null) state.userIdByPerson.delete(personId);
  changeUser(state, userId, { personId: null, bindingPosition: position });
}

const enter = (state: RosterState, userId: string, epoch: number, position: string): void => { changeUser(state, userId, { status: 'ACTIVE', epoch, statusPosition: position }); };

function invited(state: RosterState, kind: UserKind, data: InvitedData, event: Recorded<RosterEvent>): RosterState {
  const { userId, invitationId, role, expiresAt, tokenHash, sendCount, reason, person } = data;
  putUser(state, userId, person, kind, role, event.position);
  const user = state.users.get(userId);
  if (user) replaceInvitation(state, user, invitationId);
  const invitation: RosterInvitation = {
    invitationId,
    userId,
    kind,
    keapId: person.keapId,
    keapIdNormalized: normalizeKeapId(person.keapId),
    status: 'OPEN',
    expiresAt,
    tokenHash,
    sendCount,
    reason,
    expiryRecorded: false,
    statusPosition: event.position,
    senderId: senderIdOf(state, event, invitationId),
  };
  putInvitation(state, invitation);
  changeUser(state, userId, { status: 'INVITED', invitationId, statusPosition: event.position });
  if (sendCount > 0) countSend(state, invitation, event.decidedAt);
  return state;
}

/**
 * A person who is invited under a second address keeps their user. The user created for the invitation is deleted, and its
 * invitations move to the person's user.
 */
function accepted(state: RosterState, event: Recorded<Extract<RosterEvent, { type: 'InvitationAccepted' }>>): RosterState {
  const { userId, invitationId, personId, epoch, kind, role, person } = event.data;
  changeInvitation(state, invitationId, { status: 'ACCEPTED', statusPosition: event.position });
  putUser(state, userId, person, kind, role, event.position);
  const invitation = state.invitations.get(invitationId);
  const invitedUser = invitation && invitation.userId !== userId ? state.users.get(invitation.userId) : undefined;
  if (invitedUser) mergeUser(state, invitedUser, userId);
  const user = state.users.get(userId);
  if (user) replaceInvitation(state, user, invitationId);
  changeUser(state, userId, { invitationId });
  if (invitation) know(state, userId, invitation.keapIdNormalized);
  if (personId !== null) bind(state, userId, personId, event.position);
  enter(state, userId, epoch, event.position);
  return state;
}

function appointed(state: RosterState, event: Recorded<Extract<RosterEvent, { type: 'AdminAppointed' }>>): RosterState {
  const { userId, epoch, wasMember, revokedInvitationId, person } = event.data;
  if (revokedInvitationId !== null) endInvitation(state, revokedInvitationId, 'REVOKED', event.position);
  putUser(state, userId, person, 'USER', 'ADMIN', event.position);
  if (wasMember) return state;
  const user = state.users.get(userId);
  if (user) replaceInvitation(state, user, '');
  unbind(state, userId, event.position);
  enter(state, userId, epoch, event.position);
  return state;
}

function rebound(state: RosterState, event: Recorded<Extract<RosterEvent, { type: 'UserRebound' }>>): RosterState {
  const { userId, fromPersonId, toPersonId, person } = event.data;
  const user = state.users.get(userId);
  if (!user) return state;
  putUser(state, userId, person, user.kind, user.role, user.rolePosition);
  unbind(state, userId, event.position);
  if (fromPersonId !== null) changeUser(state, userId, { replacedPersonIds: [...user.replacedPersonIds, fromPersonId] });
  if (toPersonId === null) noLongerAdmin(state, fromPersonId);
  else {
    if (fromPersonId !== null) succeedSender(state, fromPersonId, toPersonId);
    bind(state, userId, toPersonId, event.position);
  }
  return state;
}

/** Returns the present time as an admin of the person who caused the event. A new one is named after the invitation. */
function senderIdOf(state: RosterState, { actorId, position }: Recorded<RosterEvent>, invitationId: string): string {
  const known = state.senderIdsByPerson.get(actorId)?.at(-1);
  if (known !== undefined) return known;
  const senderId = `${position} ${invitationId}`;
  state.senderIdsByPerson.set(actorId, [senderId]);
  return senderId;
}

/** Ends the present time as an admin of somebody who was removed or demoted, or whose sign-in was lost, and so marks the invitations that they sent. */
function noLongerAdmin(state: RosterState, personId: string | null): void {
  if (personId === null) return;
  for (const senderId of state.senderIdsByPerson.get(personId) ?? []) state.formerSenders.set(senderId, true);
  state.senderIdsByPerson.delete(personId);
}

/** A sign-in that replaces another one answers for its invitations. */
function succeedSender(state: RosterState, fromPersonId: string, toPersonId: string): void {
  const ids = [fromPersonId, toPersonId].flatMap((personId) => state.senderIdsByPerson.get(personId) ?? []);
  state.senderIdsByPerson.delete(fromPersonId);
  if (ids.length > 0) state.senderIdsByPerson.set(toPersonId, [...new Set(ids)]);
}

function endInvitation(state: RosterState, invitationId: string, status: 'REVOKED' | 'DECLINED', position: string): RosterState {
  const invitation = state.invitations.get(invitationId);
  if (!invitation) return state;
  changeInvitation(state, invitationId, { status, statusPosition: position });
  if (state.users.get(invitation.userId)?.invitationId === invitationId) changeUser(state, invitation.userId, { status, statusPosition: position });
  return state;
}

function end(state: RosterState, userId: string, status: 'LEFT' | 'REMOVED', leaveId: string, position: string): RosterState {
  state.departures.set(leaveId, position);
  changeUser(state, userId, { status, statusPosition: position });
  return state;
}

/** An open invitation that a newer one, or an appointment, replaces has expired for good, whatever the clock says later. */
function replaceInvitation(state: RosterState, user: RosterUser, invitationId: string): void {
  const earlier = user.invitationId === invitationId || user.invitationId === null ? undefined : state.invitations.get(user.invitationId);
  if (earlier?.status === 'OPEN') changeInvitation(state, earlier.invitationId, { status: 'EXPIRED' });
}

/** The clock may have been ahead, so the last ones are kept whatever their time. */
const KEPT_SENDS = 1_000;

function countSend({ sends }: RosterState, { keapIdNormalized }: RosterInvitation, at: string): void {
  const dayAgo = dayBefore(at);
  while (sends.length >= KEPT_SENDS && sends[0] !== undefined && sends[0].at <= dayAgo) sends.shift();
  sends.push({ at, keapIdNormalized });
}
