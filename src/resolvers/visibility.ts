import type { Caller } from '../application/caller';
import { mayDo, relationsOfScopes, type Action } from '../domain/accessTable';
import type { ReadModels } from '../projections/readModels';
import type { PersonKey, UserRow } from '../projections/userListRows';
import { forbidden } from './requestErrors';

/** The caller as lists have to recognise them. An address that belongs to somebody else's sign-in matches nobody. */
export const personOf = ({ actor }: Caller): PersonKey => ({ personId: actor.personId, keapIdNormalized: actor.keapId ?? '' });

/**
 * What the caller may see by the table of who may do what, decided by the live read models as they are now, also for questions about the past: access
 * to the past ends with access. Active members see their app and its user list, auditors those of every app, operators
 * every app without its users; for anybody else an app does not exist.
 */
export class Visibility {
  readonly #own = new Map<string, UserRow | undefined>();

  /** @param standing what really stands, where `live` shows what a trial has made: a trial gives nobody access to an app that there is. */
  constructor(
    private readonly caller: Caller,
    private readonly live: ReadModels,
    private readonly standing: ReadModels = live,
  ) {}

  /** The caller's own user in the app, whatever its status. */
  ownUser(appId: string): UserRow | undefined {
    if (!this.#own.has(appId)) this.#own.set(appId, this.live.userList.userOfPerson(appId, personOf(this.caller)));
    return this.#own.get(appId);
  }

  /** Whether the caller may know of the app. */
  seesApp(appId: string): boolean {
    return this.#may('seeApp', appId);
  }

  /** Whether the caller may see the app's users. */
  seesUsers(appId: string): boolean {
    return this.#may('seeUsers', appId);
  }

  /** @throws GraphQLError `FORBIDDEN` for who does not see the app, and came to it by themselves as its user. */
  requireApp(appId: string): void {
    if (!this.seesApp(appId)) throw forbidden(`What is in ${appId} is seen by its active members, by operators and by auditors.`);
  }

  /** @throws GraphQLError `FORBIDDEN` for who sees the app and not its users. */
  requireUsers(appId: string): void {
    if (!this.seesUsers(appId)) throw forbidden(`The users of ${appId} are seen by its active members and by auditors.`);
  }

  /** @throws GraphQLError `FORBIDDEN` for who sees only the apps that they are in. */
  requireEveryApp(what = 'The list of all apps'): void {
    if (!this.#mayByScope('seeEveryApp')) throw forbidden(`${what} needs a sign-in with the scope "operator" or "auditor".`);
  }

  /** @throws GraphQLError `FORBIDDEN` for everybody but operators. */
  requireOperator(what: string): void {
    if (!this.#mayByScope('operate')) throw forbidden(`${what} need a sign-in with the scope "operator".`);
  }

  /**
   * On which grounds the caller may read the history of an app, or of all apps (null).
   * @throws GraphQLError `FORBIDDEN` for everybody but auditors and, of their own app, active admins; the same whether or not there is such an app.
   */
  requireHistory(appId: string | null): 'ADMIN' | 'AUDITOR' {
    if (appId !== null && this.#mayAsMember('readHistory', appId)) return 'ADMIN';
    if (this.#mayByScope('readHistory')) return 'AUDITOR';
    throw forbidden(appId === null ? 'The history of all apps is for auditors. An app\'s admins name their app in "filter.appId".' : 'The history of an app is for its active admins and for auditors.');
  }

  /** @throws GraphQLError `FORBIDDEN` for everybody but the app's active admins; the same whether or not there is such an app. */
  requireFollowing(appId: string): void {
    if (!this.#mayAsMember('followUsers', appId)) throw forbidden('The changes of an app\'s users are told to its active admins.');
  }

  /** Whether it takes the auditor's scope to read that of the app (of all apps: null); such a read is recorded. */
  readsAsAuditor(appId: string | null): boolean {
    return this.#mayByScope('readHistory') && (appId === null || !this.#isMember(appId));
  }

  #may(action: Action, appId: string): boolean {
    return this.#mayAsMember(action, appId) || (this.#mayByScope(action) && this.#exists(appId));
  }

  #mayAsMember(action: Action, appId: string): boolean {
    return isMemberWho(action, this.ownUser(appId)) && this.#standsAlready(action, appId);
  }

  #standsAlready(action: Action, appId: string): boolean {
    if (this.standing === this.live || this.standing.userList.app(appId) === undefined) return true;
    return isMemberWho(action, this.standing.userList.userOfPerson(appId, personOf(this.caller)));
  }

  #mayByScope(action: Action): boolean {
    return mayDo(action, relationsOfScopes(this.caller.actor.scopes));
  }

  #isMember(appId: string): boolean {
    return this.ownUser(appId)?.status === 'ACTIVE';
  }

  #exists(appId: string): boolean {
    return this.live.userList.app(appId) !== undefined;
  }
}

const isMemberWho = (action: Action, user: UserRow | undefined): boolean => user?.status === 'ACTIVE' && mayDo(action, [user.role]);
