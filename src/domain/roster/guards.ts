import { accessOf, type Action, mayDo, relationOfMember, relationsOfScopes } from '../access';
import type { Actor, UserKind, UserRole } from '../events';
import { DomainError } from '../domainError';
import { isAppId } from '../fields';
import { maskKeapId } from '../keapId';
import { type InvitationState, isLastAdmin, isUnbound, licenceUsage, type RosterState, type RosterUser, unboundUsersAt } from './state';

/** Characters of an id that a message repeats. A longer id is not repeated. */
const MAX_SHOWN_ID = 64;

/** The inputs of a decision from outside the state. */
export interface DecisionContext {
  /** The service's time in ISO 8601, UTC, with milliseconds. It may be before the stream's last event, where the clock has gone back. */
  readonly now: string;
  readonly actor: Actor;
}

/** The refusal for an app that does not exist or that the actor may not see, in the same words. Text that is not an app id is not repeated. */
export const appNotFound = (appId: string): DomainError =>
  new DomainError('APP_NOT_FOUND', `There is no ${isAppId(appId) ? `app ${appId}` : 'such app'} that you can reach. Check the id, or ask an admin of the app to invite you.`, { field: 'appId' });

/** The refusal for an actor who is not in the app. Only auditors and operators learn that the app exists. */
export function notInApp(action: Action, state: RosterState, actor: Actor): DomainError {
  if (!state.registered || accessOf(action, relationsOfScopes(actor.scopes)) !== 'FORBIDDEN') return appNotFound(state.appId);
  return new DomainError('FORBIDDEN', 'Only an active member of the app may do this; the operator and auditor scopes do not include it.');
}

/** Finds the actor's user in this app, in any status: by binding, or by Keap ID when the user is not bound. While the app is being imported, nobody is known in it. */
export function userOfActor(state: RosterState, actor: Actor): RosterUser | undefined {
  if (state.importing) return undefined;
  const bound = state.userIdByPerson.get(actor.personId);
  if (bound !== undefined) return state.users.get(bound);
  if (actor.keapId === null) return undefined;
  const unbound = unboundUsersAt(state, actor.keapId).filter((user) => mayBeBound(user, actor.personId));
  return unbound.find(({ status }) => status === 'ACTIVE') ?? unbound[0];
}

/** Whether a sign-in with the user's address is that user: nobody is bound to them, and this sign-in was not taken from them. */
export const mayBeBound = (user: RosterUser, to: string): boolean => isUnbound(user) && !user.replacedPersonIds.includes(to);

/**
 * Requires that the actor is an active admin of the app.
 * @throws DomainError `FORBIDDEN` for another member, auditor or operator; `APP_NOT_FOUND` for everybody else.
 */
export function requireAdmin(state: RosterState, actor: Actor): void {
  if (!state.registered) throw appNotFound(state.appId);
  if (actor.system) return;
  const user = userOfActor(state, actor);
  if (user?.status === 'ACTIVE') {
    if (mayDo('administer', [relationOfMember(user)])) return;
    throw new DomainError('FORBIDDEN', 'Only an admin of the app may do this. Ask one of them.');
  }
  throw notInApp('administer', state, actor);
}

/**
 * Requires that an admin may decide about the admins among the app's users. A partner may not, so that no partner takes an app from
 * its client.
 * @throws DomainError `FORBIDDEN` for a partner.
 */
export function requireAdminOverAdmins(state: RosterState, actor: Actor): void {
  const user = actor.system ? undefined : userOfActor(state, actor);
  if (!user || mayDo('administerAdmins', [relationOfMember(user)])) return;
  throw new DomainError('FORBIDDEN', 'Partners cannot decide who of the users is an admin. Only an admin who is a user of the app may invite, appoint, demote or remove such an admin. Ask one of them.');
}

/** Whether a membership or an invitation is that of an admin of kind USER. */
export const isAdminUser = ({ kind, role }: { readonly kind: UserKind; readonly role: UserRole }): boolean => kind === 'USER' && role === 'ADMIN';

/**
 * Requires that the actor has the scope "operator".
 * @throws DomainError `FORBIDDEN`
 */
export function requireOperator(actor: Actor): void {
  if (actor.system || mayDo('operate', relationsOfScopes(actor.scopes))) return;
  throw new DomainError('FORBIDDEN', 'This needs a sign-in with the scope "operator".');
}

/**
 * Returns a user of the app by id.
 * @throws DomainError `USER_NOT_FOUND`
 */
export function requireUser(state: RosterState, userId: string, field = 'userId'): RosterUser {
  const user = state.users.get(userId);
  if (!user) throw new DomainError('USER_NOT_FOUND', `There is no ${userId.length <= MAX_SHOWN_ID ? `user ${userId}` : 'such user'} in the app ${state.appId}.`, { field });
  return user;
}

/**
 * Refuses a change that would leave the app without an active admin of kind USER. Partner admins do not count.
 * @throws DomainError `LAST_ADMIN`
 */
export function refuseLastAdmin(state: RosterState, user: RosterUser): void {
  if (isLastAdmin(state, user)) {
    throw new DomainError('LAST_ADMIN', `${user.keapId} is the last admin among the users of this app. Make another user an admin first.`);
  }
}

/**
 * Requires a free licence for another user.
 * @throws DomainError `NO_LICENCE_AVAILABLE`
 */
export function requireLicence(state: RosterState, now: string): void {
  const licences = licenceUsage(state, now);
  if (licences.available > 0) return;
  throw new DomainError('NO_LICENCE_AVAILABLE', `All ${licences.total} licences are used or reserved. Remove a user, revoke an invitation, or ask for more licences.`, { licences });
}

/** The refusal for a missing invitation, another app's invitation and a malformed link, in the same words. */
export const invitationNotFound = (): DomainError =>
  new DomainError('INVITATION_NOT_FOUND', 'There is no such invitation. Open the newest link that you were sent, or ask for a new invitation.');

/** The refusal for somebody with the link of an invitation to another Keap ID. It names both Keap IDs masked, since others may look on, and tells apart two that look the same so. */
export function wrongRecipient(invitedKeapId: string, actor: Actor): DomainError {
  const maskedKeapId = maskKeapId(invitedKeapId);
  const own = actor.keapId === null ? null : maskKeapId(actor.keapId);
  const now = own === null ? '' : ` You are signed in as ${own} now${own === maskedKeapId ? ', which is another one' : ''}.`;
  return new DomainError('WRONG_RECIPIENT', `This invitation is for ${maskedKeapId}. Sign in with that Keap ID.${now}`, { maskedKeapId });
}

/**
 * Refuses because of the way in which the invitation ended.
 * @throws DomainError always
 */
export function refuseEnded(status: Exclude<InvitationState, 'OPEN'>): never {
  switch (status) {
    case 'ACCEPTED':
      throw new DomainError('INVITATION_ALREADY_ACCEPTED', 'This invitation has been accepted already.');
    case 'DECLINED':
      throw new DomainError('INVITATION_DECLINED', 'This invitation was declined. An admin of the app may send a new one.');
    case 'REVOKED':
      throw new DomainError('INVITATION_REVOKED', 'This invitation was revoked. An admin of the app may send a new one.');
    case 'EXPIRED':
      throw new DomainError('INVITATION_EXPIRED', 'This invitation has expired. Ask an admin of the app to send it again.');
  }
}
