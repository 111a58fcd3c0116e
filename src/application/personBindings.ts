import { createHmac } from 'node:crypto';
import type { PersonEvent } from '../domain/events';
import { DomainError } from '../domain/domainError';
import { parseKeapId } from '../domain/keapId';
import { requireOperator } from '../domain/roster/rosterGuards';
import { personStream } from '../domain/streamNames';
import { NO_STREAM, type EventStore } from '../eventstore/eventStore';
import { appendInRun } from './appendInRun';
import { notBefore, type Clock } from './clock';
import type { CommandRun } from './commandRun';
import type { Outcome, ReleaseKeapIdInput } from './commandTypes';
import { untilNoConflict } from './optimisticLoop';
import { toRecorded } from './recordedEvent';

interface Binding {
  /** whose sign-in the address belongs to; null while it is nobody's. */
  readonly personId: string | null;
  readonly revision: number;
  readonly position: string;
  readonly occurredAt: string;
}

/** An address does not change hands more often than this between a request and its repetition. */
const MAX_LOOKED_AT = 1_000;

/** Whose sign-in a Keap ID belongs to: one short stream an address, under a keyed name that tells nothing. */
export class PersonBindings {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly secretKey: Buffer,
  ) {}

  /** The person that the normalized Keap ID is bound to; null while it is nobody's. */
  async ownerOf(keapIdNormalized: string): Promise<string | null> {
    return (await this.#read(keapIdNormalized)).personId;
  }

  /** Binds the address to the run's person unless it is somebody's; answers whose it is then. */
  async bind(keapId: { readonly display: string; readonly normalized: string }, run: CommandRun): Promise<string> {
    const { personId } = run.caller.actor;
    return untilNoConflict(async () => {
      const binding = await this.#read(keapId.normalized);
      if (binding.personId !== null) return binding.personId;
      const event: PersonEvent = { type: 'KeapIdBound', data: { personId, person: { keapId: keapId.display, name: null } } };
      await this.#append(keapId.normalized, event, binding, run);
      return personId;
    });
  }

  /**
   * Frees the address for its new owner. Whoever held it keeps their memberships. Freeing it twice is the same wish.
   * @returns the position of what made it free.
   * @throws DomainError `FORBIDDEN` without the operator's scope, `INVALID_KEAP_ID`, `USER_NOT_FOUND` when nobody ever held it.
   */
  async release({ keapId: raw }: ReleaseKeapIdInput, run: CommandRun): Promise<Outcome> {
    requireOperator(run.caller.actor);
    const keapId = parseKeapId(raw);
    return untilNoConflict(async () => {
      const earlier = await this.#writtenBefore(keapId.normalized, run);
      if (earlier !== null) return { position: earlier };
      const binding = await this.#read(keapId.normalized);
      if (binding.revision === NO_STREAM) throw new DomainError('USER_NOT_FOUND', `No sign-in holds the Keap ID ${keapId.display}.`, { field: 'keapId' });
      if (binding.personId === null) return { position: binding.position };
      return { position: await this.#append(keapId.normalized, { type: 'KeapIdReleased', data: { personId: binding.personId } }, binding, run) };
    });
  }

  async #append(keapIdNormalized: string, event: PersonEvent, binding: Binding, run: CommandRun): Promise<string> {
    const occurredAt = notBefore(run.at ?? this.clock.now(), binding.occurredAt);
    const { position } = await appendInRun(this.store, run, { stream: this.#stream(keapIdNormalized), events: [event], occurredAt, expectedRevision: binding.revision });
    return position;
  }

  async #read(keapIdNormalized: string): Promise<Binding> {
    for await (const stored of this.store.readStream(this.#stream(keapIdNormalized), { backwards: true, maxCount: 1 })) {
      const event = toRecorded<PersonEvent>(stored);
      const { revision, position, occurredAt } = event;
      return { personId: event.type === 'KeapIdBound' ? event.data.personId : null, revision, position, occurredAt };
    }
    return { personId: null, revision: NO_STREAM, position: '', occurredAt: '' };
  }

  /** The position of what the same command wrote, before a crash; whose the address has become since is to stay. */
  async #writtenBefore(keapIdNormalized: string, run: CommandRun): Promise<string | null> {
    if (run.begunAt === undefined) return null;
    for await (const { metadata, occurredAt, position } of this.store.readStream(this.#stream(keapIdNormalized), { backwards: true, maxCount: MAX_LOOKED_AT })) {
      if (metadata.commandId === run.commandId) return position;
      if (occurredAt < run.begunAt) break;
    }
    return null;
  }

  #stream(keapIdNormalized: string): string {
    return personStream(createHmac('sha256', this.secretKey).update(`keap-id\0${keapIdNormalized}`).digest('hex').slice(0, 32));
  }
}
