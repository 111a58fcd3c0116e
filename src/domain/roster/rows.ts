import { normalizeKeapId } from '../keapId';
import type { PersonEnvelope, UserKind, UserRole } from '../events';
import { countMoment } from './momentCounts';
import { latestInvitation, type RosterInvitation, type RosterState, type RosterUser } from './state';

// Users and invitations change here only: rows are replaced, and what the state counts about them follows.

/** Changes columns of a user, if there is one with this id. */
export function changeUser(state: RosterState, userId: string, changes: Partial<RosterUser>): void {
  const user = state.users.get(userId);
  if (user) replaceUser(state, user, { ...user, ...changes });
}

/** Changes columns of an invitation, if there is one with this id. An invitation that changes hands is moved between its users. */
export function changeInvitation(state: RosterState, invitationId: string, changes: Partial<RosterInvitation>): void {
  const invitation = state.invitations.get(invitationId);
  if (invitation) putInvitation(state, { ...invitation, ...changes });
}

/** Adds an invitation, or replaces the one with the same id. */
export function putInvitation(state: RosterState, invitation: RosterInvitation): void {
  const { invitationId, userId } = invitation;
  const before = state.invitations.get(invitationId);
  const shownBy = state.users.get(before?.userId ?? userId);
  if (shownBy?.invitationId === invitationId) count(state, shownBy, -1);
  state.invitations.set(invitationId, invitation);
  if (shownBy?.invitationId === invitationId) count(state, shownBy, 1);
  if (before?.userId === userId) return;
  if (before && shownBy) changeUser(state, before.userId, { invitationIds: shownBy.invitationIds.filter((id) => id !== invitationId) });
  const user = state.users.get(userId);
  if (user) changeUser(state, userId, { invitationIds: [...user.invitationIds, invitationId] });
}

/** Sets what an event says about a user, who is added if there is none with this id. A known name is kept when the event has none. */
export function putUser(state: RosterState, userId: string, { keapId, name }: PersonEnvelope, kind: UserKind, role: UserRole, position: string): void {
  const keapIdNormalized = normalizeKeapId(keapId);
  const existing = state.users.get(userId);
  const user: RosterUser = existing
    ? { ...existing, keapId, keapIdNormalized, name: name ?? existing.name, kind, role, rolePosition: position }
    : {
      userId, keapId, keapIdNormalized, name, kind, role,
      status: 'INVITED', personId: null, vacated: false, replacedPersonIds: [], statedAt: null, epoch: 0, invitationId: null, invitationIds: [], rolePosition: position, statusPosition: position, bindingPosition: position,
    };
  replaceUser(state, existing, user);
  know(state, userId, keapIdNormalized);
}

/** Removes a user, whose invitations go to another one. */
export function mergeUser(state: RosterState, user: RosterUser, intoUserId: string): void {
  const others = (state.userIdsByKeapId.get(user.keapIdNormalized) ?? []).filter((id) => id !== user.userId);
  state.userIdsByKeapId.set(user.keapIdNormalized, others);
  count(state, user, -1);
  state.users.delete(user.userId);
  for (const invitationId of user.invitationIds) {
    const invitation = state.invitations.get(invitationId);
    if (invitation) changeInvitation(state, invitationId, { userId: intoUserId, status: invitation.status === 'OPEN' ? 'EXPIRED' : invitation.status });
  }
}

/** Remembers that the app has shown the user with this address. */
export function know(state: RosterState, userId: string, keapIdNormalized: string): void {
  const known = state.userIdsByKeapId.get(keapIdNormalized) ?? [];
  if (!known.includes(userId)) state.userIdsByKeapId.set(keapIdNormalized, [...known, userId]);
}

function replaceUser(state: RosterState, before: RosterUser | undefined, after: RosterUser): void {
  if (before) count(state, before, -1);
  state.users.set(after.userId, after);
  count(state, after, 1);
}

/** Counts a user in the state's sums, or takes them out with -1. */
function count(state: RosterState, user: RosterUser, by: 1 | -1): void {
  const { userId, kind, role, status } = user;
  if (status === 'ACTIVE') {
    if (kind === 'USER') state.activeUsers += by;
    if (role === 'ADMIN') {
      if (kind === 'USER') state.userAdmins += by;
      if (by === 1) state.admins.set(userId, kind);
      else state.admins.delete(userId);
    }
  }
  if (kind !== 'USER' || status !== 'INVITED') return;
  const invitation = latestInvitation(state, user);
  if (invitation?.status === 'OPEN') countMoment(state.reservedUntil, invitation.expiresAt, by);
}
