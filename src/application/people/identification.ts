import { type StoreReach, StoreUnavailable } from '../../eventstore/eventStore';
import type { KeapIdBindingsQueries } from '../../projections/keapIdBindings/queries';
import type { Caller, RequestTrace, SignedInPerson } from '../commandTypes';
import { newRun } from '../handling/append';
import { unlessAway } from '../handling/reach';
import type { AppUpdates } from './appUpdates';
import { type PersonBindings, statesAnotherName } from './bindings';

/**
 * Turns a sign-in into a caller. Signing in makes the person the holder of the Keap ID that the token states, and then updates
 * their apps. A caller whose token is outdated, because another sign-in holds the Keap ID since, has no Keap ID.
 */
export class PersonIdentification {
  readonly #claiming = new Map<string, Promise<string | null>>();

  /** @param updates null in a dry run, which changes no app by a sign-in. */
  constructor(
    private readonly bindings: PersonBindings,
    private readonly keapIds: KeapIdBindingsQueries,
    private readonly updates: AppUpdates | null,
    private readonly reach: StoreReach,
  ) {}

  /**
   * Returns the caller of a request.
   * While the store cannot be reached, which is not waited for, the caller has the Keap ID in their token unless the read models know another holder.
   */
  async identify(person: SignedInPerson, request: RequestTrace): Promise<Caller> {
    const caller = callerOf(person, request, person.keapIdNormalized);
    try {
      if (!(await this.#holds(caller, person.keapIdNormalized))) return callerOf(person, request, null);
      await unlessAway(this.reach, async () => this.updates?.follow(person, caller));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
    return caller;
  }

  /** Ends the work in the background. What is left is done when the person signs in again. */
  async stop(): Promise<void> {
    await this.updates?.stop();
  }

  async #holds(caller: Caller, keapIdNormalized: string): Promise<boolean> {
    const { personId } = caller.actor;
    const known = this.keapIds.holderOf(keapIdNormalized);
    if (known === personId && !this.#isNamedAnew(caller)) return true;
    try {
      return (await unlessAway(this.reach, () => this.#claim(caller, keapIdNormalized))) === personId;
    } catch (error) {
      if (error instanceof StoreUnavailable) return known === undefined || known === personId;
      throw error;
    }
  }

  /** Whether an operator or auditor signs in with another name than their acts show. Members are named in their apps. */
  #isNamedAnew({ actor: { personId, scopes }, name, issuedAt }: Caller): boolean {
    if (scopes.length === 0) return false;
    const [known] = this.keapIds.signIns([personId]);
    return statesAnotherName({ name, issuedAt }, { name: known?.name ?? null, issuedAt: known?.statedAt ?? null });
  }

  /** Requests of one sign-in that arrive together claim the address once. */
  #claim(caller: Caller, keapIdNormalized: string): Promise<string | null> {
    const statement = JSON.stringify([caller.actor.personId, keapIdNormalized, caller.issuedAt, caller.name]);
    const claiming = this.#claiming.get(statement) ?? this.bindings.claim(caller, keapIdNormalized, newRun(caller)).finally(() => this.#claiming.delete(statement));
    this.#claiming.set(statement, claiming);
    return claiming;
  }
}

function callerOf({ personId, keapId, name, scopes, issuedAt }: SignedInPerson, request: RequestTrace, held: string | null): Caller {
  return { actor: { personId, keapId: held, scopes }, keapId, name, issuedAt, request };
}
