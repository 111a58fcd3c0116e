import { accessOf, mayDo, relationsOfScopes, type Action } from '../accessTable';
import type { Actor } from '../actor';
import { DomainError } from '../domainError';
import { isAppId } from '../fieldRules';
import type { RosterState, RosterUser } from './rosterState';

/** An id that came in is repeated in a message up to so many characters: a UUID, and a little more. */
const LONGEST_SHOWN = 64;

/** Everything a decision needs from outside the state. */
export interface DecisionContext {
  /** ISO 8601 with milliseconds, UTC; never before the stream's last event. */
  readonly now: string;
  readonly actor: Actor;
}

/** The same words whether the app does not exist or is not the actor's to see. What is no app id, of any length, is not repeated. */
export const appNotFound = (appId: string): DomainError =>
  new DomainError('APP_NOT_FOUND', `There is no ${isAppId(appId) ? `app ${appId}` : 'such app'} that you can reach. Check the id, or ask an admin of the app to invite you.`, { field: 'appId' });

/** What somebody who is not in the app is told: auditors and operators may know of it, everybody else learns nothing. */
export function notInApp(action: Action, state: RosterState, actor: Actor): DomainError {
  if (!state.registered || accessOf(action, relationsOfScopes(actor.scopes)) !== 'FORBIDDEN') return appNotFound(state.appId);
  return new DomainError('FORBIDDEN', 'Only an active member of the app may do this; the operator and auditor scopes do not include it.');
}

/** The actor's own user in this app, whatever its status: by binding, or by Keap ID while nobody is bound to it. */
export function userOfActor(state: RosterState, actor: Actor): RosterUser | undefined {
  const bound = state.userIdByPerson.get(actor.personId);
  if (bound !== undefined) return state.users.get(bound);
  if (actor.keapId === null) return undefined;
  return (state.userIdsByKeapId.get(actor.keapId) ?? [])
    .map((userId) => state.users.get(userId))
    .find((user) => user?.personId === null);
}

/**
 * The actor may act for this app as one of its active admins.
 * @throws DomainError `APP_NOT_FOUND` for who may not know of the app, `FORBIDDEN` for who may, but is no admin.
 */
export function requireAdmin(state: RosterState, actor: Actor): void {
  if (!state.registered) throw appNotFound(state.appId);
  if (actor.system) return;
  const user = userOfActor(state, actor);
  if (user?.status === 'ACTIVE') {
    if (mayDo('administer', [user.role])) return;
    throw new DomainError('FORBIDDEN', 'Only an admin of the app may do this. Ask one of them.');
  }
  throw notInApp('administer', state, actor);
}

/** The actor holds the operator's scope. */
export function requireOperator(actor: Actor): void {
  if (actor.system || mayDo('operate', relationsOfScopes(actor.scopes))) return;
  throw new DomainError('FORBIDDEN', 'This needs a sign-in with the scope "operator".');
}

/** The named user of this app. @throws DomainError `USER_NOT_FOUND` */
export function requireUser(state: RosterState, userId: string, field = 'userId'): RosterUser {
  const user = state.users.get(userId);
  if (!user) throw new DomainError('USER_NOT_FOUND', `There is no ${userId.length <= LONGEST_SHOWN ? `user ${userId}` : 'such user'} in the app ${state.appId}.`, { field });
  return user;
}
