import { LRUCache } from 'lru-cache';
import type { Scope } from '../domain/actor';
import { StoreUnavailable } from '../eventstore/eventStore';
import type { UserListQueries } from '../projections/userListQueries';
import type { Caller, RequestTrace } from './caller';
import { newRun } from './commandRun';
import type { PersonBindings } from './personBindings';
import type { RosterHandler } from './rosterHandler';

/** Who signed in, as the token says. */
export interface SignedInPerson {
  /** keyed id of the token's subject. */
  readonly personId: string;
  /** as the token spells it. */
  readonly keapId: string;
  readonly keapIdNormalized: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
}

const REMEMBERED_PEOPLE = 10_000;
const REMEMBERED_MS = 60_000;

/**
 * Turns a sign-in into a caller. Owners and imported people are bound to their sign-in here, the first time they come;
 * an address that is bound to another sign-in counts for nothing.
 */
export class PersonIdentification {
  readonly #owners = new LRUCache<string, string>({ max: REMEMBERED_PEOPLE, ttl: REMEMBERED_MS });

  constructor(
    private readonly bindings: PersonBindings,
    private readonly rosters: RosterHandler,
    private readonly userList: UserListQueries,
  ) {}

  /** The caller of a request. While the store cannot be reached it answers from what was known. */
  async identify(person: SignedInPerson, request: RequestTrace): Promise<Caller> {
    const caller = callerOf(person, request, true);
    if (this.#owners.get(person.keapIdNormalized) === person.personId) return caller;
    try {
      const owner = await this.#settledOwner(person, caller);
      if (owner === person.personId) this.#owners.set(person.keapIdNormalized, owner);
      return owner === null || owner === person.personId ? caller : callerOf(person, request, false);
    } catch (error) {
      if (error instanceof StoreUnavailable) return caller;
      throw error;
    }
  }

  async #settledOwner(person: SignedInPerson, caller: Caller): Promise<string | null> {
    const owner = await this.bindings.ownerOf(person.keapIdNormalized);
    if (owner !== null && owner !== person.personId) return owner;
    const waiting = this.userList.unboundUsers(person.keapIdNormalized);
    if (waiting.length === 0) return owner;
    const bound = owner ?? (await this.bindings.bind({ display: person.keapId, normalized: person.keapIdNormalized }, newRun(caller)));
    if (bound !== person.personId) return bound;
    for (const { appId } of waiting) {
      await this.rosters.handle(appId, { type: 'BindPerson', keapId: person.keapId, personId: person.personId }, newRun(caller));
    }
    return bound;
  }
}

function callerOf(person: SignedInPerson, request: RequestTrace, holdsKeapId: boolean): Caller {
  const { personId, keapId, keapIdNormalized, name, scopes } = person;
  return { actor: { personId, keapId: holdsKeapId ? keapIdNormalized : null, scopes }, keapId, name, request };
}
