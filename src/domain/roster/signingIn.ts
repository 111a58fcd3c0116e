import type { RosterEvent } from '../events';
import { normalizeKeapId } from '../keapId';
import { type DecisionContext, mayBeBound } from './guards';
import { isOpen, latestInvitation, type RosterState, unboundUsersAt } from './state';

// What signing in changes in an app. A user whom a rule excludes from it gets no event here.

export interface BindPerson {
  readonly type: 'BindPerson';
  readonly keapId: string;
  readonly personId: string;
}

/** Binds an active user who joined without signing in, such as an owner or an imported person, to the sign-in with their address. A person who is active in the app already stays who they are. */
export function bindPerson({ keapId, personId }: BindPerson, state: RosterState): RosterEvent[] {
  const bound = state.users.get(state.userIdByPerson.get(personId) ?? '');
  if (bound?.status === 'ACTIVE') return [];
  const user = unboundUsersAt(state, normalizeKeapId(keapId)).find((one) => one.status === 'ACTIVE' && mayBeBound(one, personId));
  return user ? [{ type: 'PersonBound', data: { userId: user.userId, personId } }] : [];
}

export interface UpdatePerson {
  readonly type: 'UpdatePerson';
  readonly personId: string;
  /** The verified Keap ID, as the token spells it. */
  readonly keapId: string;
  /** The name in the token; null when it has none. */
  readonly name: string | null;
  /** When the token was issued, in ISO 8601, UTC; null when it does not say. */
  readonly issuedAt: string | null;
}

/**
 * Updates the Keap ID and the name of an active member to what their sign-in says, unless a token that was issued later has said
 * something else. An open invitation to the new Keap ID is declined, since the member is in the app.
 */
export function updatePerson({ personId, keapId, name, issuedAt }: UpdatePerson, state: RosterState, { now }: DecisionContext): RosterEvent[] {
  const user = state.users.get(state.userIdByPerson.get(personId) ?? '');
  if (user?.status !== 'ACTIVE' || (issuedAt !== null && user.statedAt !== null && issuedAt < user.statedAt)) return [];
  const normalized = normalizeKeapId(keapId);
  const person = { keapId: normalized === user.keapIdNormalized ? user.keapId : keapId, name: name ?? user.name };
  if (person.keapId === user.keapId && person.name === user.name) return [];
  const closed = unboundUsersAt(state, normalized).flatMap((invited): RosterEvent[] => {
    const invitation = latestInvitation(state, invited);
    return invitation && isOpen(invitation, now) ? [{ type: 'InvitationDeclined', data: { userId: invited.userId, invitationId: invitation.invitationId, personId } }] : [];
  });
  return [{ type: 'PersonUpdated', data: { userId: user.userId, issuedAt, person } }, ...closed];
}
