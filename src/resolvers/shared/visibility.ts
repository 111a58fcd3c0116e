import type { Caller } from '../../application/commandTypes';
import { type Action, APP_ACTIONS, type AppAction, mayDo, relationOfMember, relationsOfScopes } from '../../domain/access';
import type { ReadModels } from '../../projections/readModels';
import type { PersonKey, UserKey, UserRow } from '../../projections/userList/rows';
import { forbidden } from './errors';

/** Returns the keys by which read models find the caller. The Keap ID is empty, and matches nobody, when another sign-in is bound to the address. */
export const personOf = ({ actor }: Caller): PersonKey => ({ personId: actor.personId, keapIdNormalized: actor.keapId ?? '' });

/**
 * Decides what the caller may see, by the access table and the live read models. Queries about the past are decided by the rights of now, so access to
 * the past ends with access. Active members see their app and its user list, auditors those of every app, operators every app without its users. To
 * anybody else an app does not exist.
 */
export class Visibility {
  readonly #own = new Map<string, UserRow | undefined>();

  /** Decides for one caller. @param standing the real read models, when `live` shows the result of a dry run: a dry run must not grant access to an existing app. */
  constructor(
    private readonly caller: Caller,
    private readonly live: ReadModels,
    private readonly standing: ReadModels = live,
  ) {}

  /** Returns the caller's own user in the app, whatever its status. */
  ownUser(appId: string): UserRow | undefined {
    if (!this.#own.has(appId)) this.#own.set(appId, this.live.userList.userOfPerson(appId, personOf(this.caller)));
    return this.#own.get(appId);
  }

  /**
   * Whether the caller sees this user only because it is their own, in the answer of a mutation: they are no member of the app, since they have just
   * removed themselves or since only a dry run shows them as one.
   */
  withholds({ appId, userId }: UserKey): boolean {
    return this.ownUser(appId)?.userId === userId && !this.seesUsers(appId);
  }

  /** Requires that the caller may see what the app knows of this user. @throws GraphQLError `FORBIDDEN` when `withholds` says that they may not. */
  requireShown(user: UserKey): void {
    if (this.withholds(user)) throw forbidden(`Only active members of ${user.appId} can see this, and you are not one now.`);
  }

  /** Whether the caller may see the app. */
  seesApp(appId: string): boolean {
    return this.#may('seeApp', appId);
  }

  /** Whether the caller may see the app's users. */
  seesUsers(appId: string): boolean {
    return this.#may('seeUsers', appId);
  }

  /** Requires that the caller sees the app, which a viewer's own user may lead to after they left. @throws GraphQLError `FORBIDDEN` when they do not. */
  requireApp(appId: string): void {
    if (!this.seesApp(appId)) throw forbidden(`Only active members of ${appId}, operators and auditors can see it.`);
  }

  /** Requires that the caller sees the users of the app. @throws GraphQLError `FORBIDDEN` when they do not. */
  requireUsers(appId: string): void {
    if (!this.seesUsers(appId)) throw forbidden(`Only active members of ${appId} and auditors can see its users.`);
  }

  /** Requires the scope "operator" or "auditor". @throws GraphQLError `FORBIDDEN` without one of them. */
  requireEveryApp(what = 'The list of all apps'): void {
    if (!this.#mayByScope('seeEveryApp')) throw forbidden(`${what} can be read only with the scope "operator" or "auditor".`);
  }

  /** Requires the scope "operator". @throws GraphQLError `FORBIDDEN` without it. */
  requireOperator(what: string): void {
    if (!this.#mayByScope('operate')) throw forbidden(`${what} can be read only with the scope "operator".`);
  }

  /** Returns in which role the caller may read the history of an app, or of all apps (null); null when they may not. */
  historyRole(appId: string | null): 'ADMIN' | 'AUDITOR' | null {
    if (appId !== null && this.#mayAsMember('readHistory', appId)) return 'ADMIN';
    return this.#mayByScope('readHistory') ? 'AUDITOR' : null;
  }

  /** Returns the actions that the access table allows the caller in an app that they see. */
  appActions(appId: string): readonly AppAction[] {
    const isPartner = this.ownUser(appId)?.kind === 'PARTNER';
    return Object.entries(APP_ACTIONS).flatMap(([name, action]) => (this.#may(action, appId) && (action !== 'leave' || isPartner) ? [name as AppAction] : []));
  }

  /**
   * Returns in which role the caller may read the history of an app, or of all apps (null).
   * @throws GraphQLError `FORBIDDEN` unless they are an auditor or an active admin of the app. The error is the same when the app does not exist.
   */
  requireHistory(appId: string | null): 'ADMIN' | 'AUDITOR' {
    const role = this.historyRole(appId);
    if (role !== null) return role;
    throw forbidden(appId === null ? 'Only auditors can read the history of all apps. Admins set "filter.appId" to their app.' : 'Only active admins of an app and auditors can read its history.');
  }

  /** Returns in which role the caller may read what operators and auditors did; null when they may not. */
  administrationRole(): 'OPERATOR' | 'AUDITOR' | null {
    if (!this.#mayByScope('readAdministration')) return null;
    return this.historyRole(null) === 'AUDITOR' ? 'AUDITOR' : 'OPERATOR';
  }

  /** Returns in which role the caller may read what operators and auditors did. @throws GraphQLError `FORBIDDEN` without the scope "operator" or "auditor". */
  requireAdministration(): 'OPERATOR' | 'AUDITOR' {
    const role = this.administrationRole();
    if (role === null) throw forbidden('What operators and auditors did can be read only with the scope "operator" or "auditor".');
    return role;
  }

  /** Requires that the caller may have all of what operators and auditors did in one file. @throws GraphQLError `FORBIDDEN` without the scope "auditor". */
  requireAdministrationFile(): void {
    if (!this.#mayByScope('exportAdministration')) throw forbidden('Only auditors can download this file: it is sealed as a whole, and what auditors read is in it.');
  }

  /** Whether the caller may see from which addresses and clients others act. */
  get seesClients(): boolean {
    return this.#mayByScope('readHistory');
  }

  /** Whether the caller may see the access reviews of the app. */
  seesReviews(appId: string): boolean {
    return this.#may('readReview', appId);
  }

  /** Requires that the caller may list the access reviews of the app. @throws GraphQLError `FORBIDDEN` when they may not. The error is the same when the app does not exist. */
  requireReviews(appId: string): void {
    if (!this.#may('listReviews', appId)) throw forbidden('Only active admins of an app, auditors and operators can read its access reviews.');
  }

  /** Requires that the caller may see the people of the app's access reviews. @throws GraphQLError `FORBIDDEN` when they may not. */
  requireReviewedPeople(appId: string): void {
    if (!this.#may('readReviewedPeople', appId)) throw forbidden(`Only active admins of ${appId} and auditors can see the people of its access reviews.`);
  }

  /** Requires an active admin of the app. @throws GraphQLError `FORBIDDEN` for anybody else. The error is the same when the app does not exist. */
  requireFollowing(appId: string): void {
    if (!this.#mayAsMember('followUsers', appId)) throw forbidden('Only active admins of an app can follow changes to its users.');
  }

  /** Whether the caller reads the app (or all apps: null) by the scope "auditor" alone. Such a read is recorded. */
  readsAsAuditor(appId: string | null): boolean {
    return this.#mayByScope('readHistory') && (appId === null || !this.#mayAsMember('seeApp', appId));
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

  #exists(appId: string): boolean {
    return this.live.userList.app(appId) !== undefined;
  }
}

const isMemberWho = (action: Action, user: UserRow | undefined): boolean => user?.status === 'ACTIVE' && mayDo(action, [relationOfMember(user)]);
