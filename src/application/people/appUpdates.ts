import { LRUCache } from 'lru-cache';
import type { RosterCommand } from '../../domain/roster/decide';
import type { UserListQueries } from '../../projections/userList/queries';
import type { Caller, SignedInPerson } from '../commandTypes';
import { newRun } from '../handling/append';
import type { RosterHandler } from '../handling/roster';

/** A change that signing in causes in one app. */
interface AppChange {
  readonly appId: string;
  readonly command: RosterCommand;
  /** Key of an attempt to bind a user. */
  readonly attempt?: string;
}

/** Changes that a request waits for. The others follow in the background. */
const AT_ONCE = 20;
/** People whose apps are changed in the background at the same time. The rest of another person's waits for their next request. */
const MAX_FOLLOWED = 4;
/** People whose lists were compared lately. Beyond it, those of the least recently used one are compared again. */
const REMEMBERED_PEOPLE = 10_000;
/** How long the lists of a person count as equal to their sign-in. */
const REMEMBERED_MS = 60_000;

/**
 * Follows sign-ins in the apps. It binds a person to the users of owners and imported people with their Keap ID, and updates their Keap ID
 * and name in the apps in which they are active.
 */
export class AppUpdates {
  readonly #compared = new LRUCache<string, true>({ max: REMEMBERED_PEOPLE, ttl: REMEMBERED_MS });
  /** Attempts to bind a user. One that a rule refuses, because the person is in the app as another user, is not repeated with each request until the user joins anew. */
  readonly #attempted = new LRUCache<string, true>({ max: REMEMBERED_PEOPLE, ttl: REMEMBERED_MS });
  readonly #following = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(
    private readonly rosters: Pick<RosterHandler, 'handle'>,
    private readonly userList: Pick<UserListQueries, 'unboundUsers' | 'outdatedApps'>,
  ) {}

  /** Changes the person's apps: the first ones at once, the rest in the background. What was not done is found again at a later request. */
  async follow(person: SignedInPerson, caller: Caller): Promise<void> {
    const { personId, keapIdNormalized, name, issuedAt } = person;
    const compared = JSON.stringify([personId, keapIdNormalized, name, issuedAt]);
    const changes = [...this.#bindings(person), ...(this.#compared.has(compared) ? [] : this.#updates(person))];
    this.#compared.set(compared, true);
    if (changes.length === 0) return;
    if (this.#following.has(personId)) {
      this.#forget(compared, changes);
      return;
    }
    try {
      await this.#change(changes.slice(0, AT_ONCE), caller);
    } catch (error) {
      this.#forget(compared, changes);
      throw error;
    }
    const rest = changes.slice(AT_ONCE);
    if (rest.length === 0) return;
    if (this.#following.has(personId) || this.#following.size >= MAX_FOLLOWED) this.#forget(compared, rest);
    else this.#following.set(personId, this.#inBackground(rest, caller, compared).finally(() => this.#following.delete(personId)));
  }

  /** Ends the work in the background. What is left is done when the person signs in again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#following.values());
  }

  /** An error is not lost: the person's next request makes the change that failed, and fails with it. */
  async #inBackground(changes: readonly AppChange[], caller: Caller, compared: string): Promise<void> {
    try {
      await this.#change(changes, caller);
    } catch {
      this.#forget(compared, changes);
    }
  }

  /** Lets the person's next request find the changes again. */
  #forget(compared: string, changes: readonly AppChange[]): void {
    this.#compared.delete(compared);
    for (const { attempt } of changes) if (attempt !== undefined) this.#attempted.delete(attempt);
  }

  async #change(changes: readonly AppChange[], caller: Caller): Promise<void> {
    for (const { appId, command } of changes) {
      if (this.#stopped) return;
      await this.rosters.handle(appId, command, newRun(caller));
    }
  }

  /** The apps with an owner or an imported person to bind, who is then shown as the sign-in says. */
  #bindings({ personId, keapId, keapIdNormalized, name, issuedAt }: SignedInPerson): readonly AppChange[] {
    return this.userList.unboundUsers(keapIdNormalized).flatMap(({ appId, userId, epoch }): readonly AppChange[] => {
      const attempt = JSON.stringify([personId, appId, userId, epoch]);
      if (this.#attempted.has(attempt)) return [];
      this.#attempted.set(attempt, true);
      return [
        { appId, attempt, command: { type: 'BindPerson', keapId, personId } },
        { appId, command: { type: 'UpdatePerson', personId, keapId, name, issuedAt } },
      ];
    });
  }

  /** The apps that show something else than the sign-in says. */
  #updates(person: SignedInPerson): readonly AppChange[] {
    const { personId, keapId, name, issuedAt } = person;
    return this.userList.outdatedApps(person).map((appId) => ({ appId, command: { type: 'UpdatePerson', personId, keapId, name, issuedAt } }));
  }
}
