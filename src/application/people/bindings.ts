import { createHmac } from 'node:crypto';
import type { PersonEvent, Recorded } from '../../domain/events';
import { DomainError } from '../../domain/domainError';
import { formerKeapIds, parseKeapId } from '../../domain/keapId';
import { requireOperator } from '../../domain/roster/guards';
import { personStream } from '../../domain/streams';
import { type EventStore, NO_STREAM } from '../../eventstore/eventStore';
import { type Caller, type Clock, eventTime, type Outcome } from '../commandTypes';
import { appendInRun, type CommandRun, positionOfEarlierRun, retryOnConflict, toRecorded } from '../handling/append';

interface Binding {
  /** The person who holds the address, or held it last; null when nobody does. */
  readonly personId: string | null;
  /** When the token that says so was issued; null when it does not say. */
  readonly issuedAt: string | null;
  /** The name that their token stated; null when it stated none. */
  readonly name: string | null;
  /** Revision of the address's stream; `NO_STREAM` while it has no event. */
  readonly revision: number;
  readonly position: string;
  readonly occurredAt: string;
}

const UNBOUND: Binding = { personId: null, issuedAt: null, name: null, revision: NO_STREAM, position: '', occurredAt: '' };

/** Whether a token states another name than was known before. One that was issued earlier does not, nor one without a name. */
export const statesAnotherName = (stated: Pick<Binding, 'name' | 'issuedAt'>, known: Pick<Binding, 'name' | 'issuedAt'>): boolean =>
  stated.name !== null && stated.name !== known.name && (known.name === null || (stated.issuedAt !== null && stated.issuedAt > (known.issuedAt ?? '')));

/** Events of an address that are searched for those of one person. A person without one among them counts as one who never held it. */
const MAX_SEARCHED = 1_000;

/**
 * The sign-ins that hold Keap IDs. Each address has one short stream, whose name is a keyed hash that does not reveal the address, and
 * whose last event decides: an address belongs to the sign-in that stated it last.
 */
export class PersonBindings {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly secretKey: Buffer,
  ) {}

  /** Returns the person who holds the normalized Keap ID, or held it last; null when nobody does. */
  async ownerOf(keapIdNormalized: string): Promise<string | null> {
    return (await this.#read(keapIdNormalized)).personId;
  }

  /**
   * Gives the caller the Keap ID that their token states, whoever held it before. A token that was issued before the holder's does not
   * take it, nor does one of a person from whom it was released since. The holder states it again where they are an operator or auditor with another
   * name than before, since what these do names them by it.
   * @returns the person who holds it now; null when nobody does.
   */
  async claim(caller: Pick<Caller, 'actor' | 'keapId' | 'name' | 'issuedAt'>, keapIdNormalized: string, run: CommandRun): Promise<string | null> {
    const { actor: { personId, scopes }, keapId, name, issuedAt } = caller;
    return retryOnConflict(async () => {
      const binding = await this.#read(keapIdNormalized);
      if (binding.personId === personId && (scopes.length === 0 || !statesAnotherName(caller, binding))) return personId;
      if (binding.personId !== personId && !(await this.#mayTake(personId, issuedAt, keapIdNormalized, binding))) return binding.personId;
      await this.#append(keapIdNormalized, { type: 'KeapIdBound', data: { personId, issuedAt, person: { keapId, name } } }, binding, run);
      return personId;
    });
  }

  /**
   * Releases the address for a new owner. The previous owner keeps their memberships. Releasing it again changes nothing.
   * @returns the position of the event that released it.
   * @throws DomainError `FORBIDDEN` without the scope "operator", `INVALID_KEAP_ID`, or `USER_NOT_FOUND` for an address that was
   * never bound.
   */
  async release({ keapId: raw }: { readonly keapId: string }, run: CommandRun): Promise<Outcome> {
    requireOperator(run.caller.actor);
    const keapId = parseKeapId(raw);
    return retryOnConflict(async () => {
      const binding = await this.#read(keapId.normalized);
      // An earlier run of this command may have released the address, which may be bound to a new owner since.
      const earlier = await positionOfEarlierRun(this.store, this.#stream(keapId.normalized), run);
      if (earlier !== null) return { position: earlier };
      if (binding.position === '') throw new DomainError('USER_NOT_FOUND', `No sign-in uses the Keap ID ${keapId.display}. Check its spelling.`, { field: 'keapId' });
      if (binding.personId === null) return { position: binding.position };
      return { position: await this.#append(keapId.normalized, { type: 'KeapIdReleased', data: { personId: binding.personId } }, binding, run) };
    });
  }

  /** Releases the address of a person who is erased, if it is bound. */
  async forget(keapIdNormalized: string, run: CommandRun): Promise<void> {
    await retryOnConflict(async () => {
      const binding = await this.#read(keapIdNormalized);
      if (binding.personId !== null) await this.#append(keapIdNormalized, { type: 'KeapIdReleased', data: { personId: binding.personId } }, binding, run);
    });
  }

  async #mayTake(personId: string, issuedAt: string | null, keapIdNormalized: string, binding: Binding): Promise<boolean> {
    if (issuedAt !== null && binding.issuedAt !== null && issuedAt < binding.issuedAt) return false;
    if (binding.position === '') return true;
    const released = await this.#releasedFrom(personId, keapIdNormalized);
    return released === null || (issuedAt !== null && issuedAt > released);
  }

  /** Returns when the address was released from the person; null when it was not, or they have held it again since. */
  async #releasedFrom(personId: string, keapIdNormalized: string): Promise<string | null> {
    for await (const event of this.#history(keapIdNormalized, MAX_SEARCHED)) {
      if (event.data.personId === personId) return event.type === 'KeapIdReleased' ? event.decidedAt : null;
    }
    return null;
  }

  async #append(keapIdNormalized: string, event: PersonEvent, binding: Binding, run: CommandRun): Promise<string> {
    const time = eventTime(run.at ?? this.clock.now(), binding.occurredAt);
    const { position } = await appendInRun(this.store, run, { stream: this.#stream(keapIdNormalized), events: [event], time, expectedRevision: binding.revision });
    return position;
  }

  async #read(keapIdNormalized: string): Promise<Binding> {
    for await (const event of this.#history(keapIdNormalized, 1)) {
      const { revision, position, occurredAt } = event;
      if (event.type === 'KeapIdReleased') return { ...UNBOUND, revision, position, occurredAt };
      const { personId, issuedAt, person: { name } } = event.data;
      return { personId, issuedAt, name, revision, position, occurredAt };
    }
    return UNBOUND;
  }

  /** The events of an address, the latest first. Those under a former form of the address come last, and have no place in its stream. */
  async *#history(keapIdNormalized: string, maxCount: number): AsyncGenerator<Recorded<PersonEvent>, void, undefined> {
    for (const form of [keapIdNormalized, ...formerKeapIds(keapIdNormalized)]) {
      for await (const stored of this.store.readStream(this.#stream(form), { backwards: true, maxCount })) {
        const event = toRecorded<PersonEvent>(stored);
        yield form === keapIdNormalized ? event : { ...event, revision: NO_STREAM };
      }
    }
  }

  #stream(keapIdNormalized: string): string {
    return personStream(createHmac('sha256', this.secretKey).update(`keap-id\0${keapIdNormalized}`).digest('hex').slice(0, 32));
  }
}
