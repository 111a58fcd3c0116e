import { createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import { DomainError } from '../domain/domainError';
import type { RequestEvent } from '../domain/events';
import { requestStream } from '../domain/streamNames';
import { NO_STREAM, WrongExpectedRevision, type EventStore, type StoredEvent } from '../eventstore/eventStore';
import type { Caller } from './caller';
import { addMilliseconds, notBefore, type Clock } from './clock';
import { derivedId, newRun, type CommandRun } from './commandRun';
import type { Keyed, Outcome } from './commandTypes';
import { untilNoConflict } from './optimisticLoop';
import { toAppend, toRecorded } from './recordedEvent';

const REMEMBERED_MS = 24 * 60 * 60 * 1000;
const MAX_KEY_LENGTH = 200;
/** How far the clocks of two replicas may be apart. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** A key that this request holds: its command may be executed, by others that hold the same key too. */
interface Claim {
  readonly revision: number;
  readonly claimedAt: string;
  readonly resumed: boolean;
}

type Received = Extract<RequestEvent, { type: 'RequestReceived' }>;

/**
 * Requests with an idempotency key are answered once. A key is claimed in a stream of its own by an append with expected
 * revision, on any replica; the ids of everything that the command writes derive from the claim, so that whoever holds
 * the same key, at the same moment or after a crash, writes the same events. Refusals are not remembered.
 */
export class KeyedRequests {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly secretKey: Buffer,
  ) {}

  /**
   * Executes the command, or answers what the same key answered before.
   * @throws DomainError `IDEMPOTENCY_KEY_REUSED` when the key came with other input in the last 24 hours, `INVALID_INPUT`
   * for a key of no or more than 200 characters, and what the command throws.
   */
  async execute<I extends Keyed, O extends Outcome>(mutation: string, caller: Caller, input: I, command: (run: CommandRun) => Promise<O>): Promise<O> {
    const { idempotencyKey, ...wish } = input;
    if (idempotencyKey === null || idempotencyKey === undefined) return command(newRun(caller));
    if (idempotencyKey.length < 1 || idempotencyKey.length > MAX_KEY_LENGTH) {
      throw new DomainError('INVALID_INPUT', `An idempotency key has 1 to ${MAX_KEY_LENGTH} characters.`, { field: 'idempotencyKey' });
    }
    const stream = requestStream(this.#keyed(`request\0${caller.actor.personId}\0${mutation}\0${idempotencyKey}`).slice(0, 32));
    const found = await this.#claim<O>(stream, { mutation, digest: this.#keyed(`digest\0${canonicalize(wish) ?? ''}`) }, caller);
    if ('outcome' in found) return found.outcome;
    const commandId = derivedId(derivedId(REQUEST_NAMESPACE, stream), String(found.revision));
    const begunAt = found.resumed ? addMilliseconds(found.claimedAt, -CLOCK_SKEW_MS) : found.claimedAt;
    const run: CommandRun = { caller, commandId, keyed: true, causationId: commandId, begunAt };
    try {
      const outcome = await command(run);
      return (await this.#settle<O>(stream, { type: 'RequestAnswered', data: { outcome: fieldsOf(outcome) } }, found, run)) ?? outcome;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const answered = await this.#settle<O>(stream, { type: 'RequestRefused', data: { code: error.code } }, found, run);
      if (answered) return answered;
      throw error;
    }
  }

  async #claim<O>(stream: string, data: Received['data'], caller: Caller): Promise<Claim | { readonly outcome: O }> {
    return untilNoConflict(async () => {
      const latest = await this.#latest(stream);
      const [last] = latest;
      const received = latest.find((event) => event.type === 'RequestReceived');
      const now = notBefore(this.clock.now(), last?.occurredAt ?? '');
      if (last && last.type !== 'RequestRefused' && received && now < addMilliseconds(received.occurredAt, REMEMBERED_MS)) {
        if (toRecorded<Received>(received).data.digest !== data.digest) throw keyReused();
        if (last.type === 'RequestAnswered') return { outcome: outcomeOf<O>(last) };
        return { revision: received.revision, claimedAt: received.occurredAt, resumed: true };
      }
      const revision = last ? last.revision + 1 : 0;
      const claim: CommandRun = newRun(caller);
      await this.store.append(stream, toAppend([{ type: 'RequestReceived', data }], claim, now), last?.revision ?? NO_STREAM);
      return { revision, claimedAt: now, resumed: false };
    });
  }

  /** Writes down how the request ended; gives what was answered before, if somebody with the same claim was first. An answer outlives a refusal. */
  async #settle<O>(stream: string, event: RequestEvent, claim: Claim, run: CommandRun): Promise<O | undefined> {
    const settling = { ...run, commandId: derivedId(run.commandId, event.type), causationId: run.commandId };
    const at = notBefore(this.clock.now(), claim.claimedAt);
    let expectedRevision = claim.revision;
    for (;;) {
      try {
        await this.store.append(stream, toAppend([event], settling, at), expectedRevision);
        return undefined;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
        const [last] = await this.#latest(stream);
        if (last?.type === 'RequestAnswered') return outcomeOf<O>(last);
        if (last?.type !== 'RequestRefused' || event.type === 'RequestRefused') return undefined;
        expectedRevision = last.revision;
      }
    }
  }

  /** The last events of a key, newest first: as many as a claim and its ends can be. */
  async #latest(stream: string): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of this.store.readStream(stream, { backwards: true, maxCount: 3 })) events.push(event);
    return events;
  }

  #keyed(text: string): string {
    return createHmac('sha256', this.secretKey).update(text).digest('hex');
  }
}

const REQUEST_NAMESPACE = '6d1f0e5e-6f0c-4b8e-9f3c-2a54c5a7d3b1';

const keyReused = (): DomainError =>
  new DomainError('IDEMPOTENCY_KEY_REUSED', 'This idempotency key came with another input before. Use a new key for a new wish.', { field: 'idempotencyKey' });

/** Outcomes are flat: a position, ids and numbers. */
const fieldsOf = (outcome: Outcome): Readonly<Record<string, string | number>> => Object.fromEntries(Object.entries(outcome));

const outcomeOf = <O>(event: StoredEvent): O => event.data['outcome'] as unknown as O;
