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
import { toAppend, toRecorded } from './recordedEvent';

const REMEMBERED_MS = 24 * 60 * 60 * 1000;
const MAX_KEY_LENGTH = 200;
/** How far the clocks of two replicas may be apart. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** A key as a request found it: held already, by this request before a crash or by others, or free. */
interface Claim {
  /** at which it is held, or will be. */
  readonly revision: number;
  readonly at: string;
  readonly held: boolean;
}

type Received = Extract<RequestEvent, { type: 'RequestReceived' }>;

/** Somebody else with the same key was first to claim it. */
class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/**
 * Requests with an idempotency key are answered once. A key is claimed in a stream of its own, before the command writes
 * its first event, by an append with expected revision, on any replica; the ids of everything that the command writes
 * derive from the claim, so that whoever holds the same key, at the same moment or after a crash, writes the same events.
 * Refusals are not remembered: one that wrote nothing leaves nothing.
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
   * for a key of no or more than 200 characters or with halves of characters, and what the command throws.
   */
  async execute<I extends Keyed, O extends Outcome>(mutation: string, caller: Caller, input: I, command: (run: CommandRun) => Promise<O>): Promise<O> {
    const { idempotencyKey, ...wish } = input;
    if (idempotencyKey === null || idempotencyKey === undefined) return command(newRun(caller));
    // Halves of characters have no bytes of their own: keys that differ in them alone would be the same key.
    if (idempotencyKey.length < 1 || idempotencyKey.length > MAX_KEY_LENGTH || /\p{Cs}/u.test(idempotencyKey)) {
      throw new DomainError('INVALID_INPUT', `An idempotency key has 1 to ${MAX_KEY_LENGTH} characters, and no halves of characters.`, { field: 'idempotencyKey' });
    }
    const stream = requestStream(this.#keyed(`request\0${caller.actor.personId}\0${mutation}\0${idempotencyKey}`).slice(0, 32));
    const data = { mutation, digest: this.#keyed(`digest\0${canonicalize(wish) ?? ''}`) };
    for (;;) {
      const found = await this.#find<O>(stream, data);
      if ('outcome' in found) return found.outcome;
      try {
        return await this.#executeUnder(found, stream, data, caller, command);
      } catch (error) {
        if (!(error instanceof ClaimLost)) throw error;
      }
    }
  }

  /** @throws ClaimLost when somebody with the same key was first; nothing has been written then. */
  async #executeUnder<O extends Outcome>(claim: Claim, stream: string, data: Received['data'], caller: Caller, command: (run: CommandRun) => Promise<O>): Promise<O> {
    const commandId = derivedId(derivedId(REQUEST_NAMESPACE, stream), String(claim.revision));
    const begunAt = claim.held ? addMilliseconds(claim.at, -CLOCK_SKEW_MS) : claim.at;
    let claiming = claim.held ? Promise.resolve() : undefined;
    const beforeWriting = (): Promise<void> => (claiming ??= this.#claim(stream, data, claim, caller));
    const run: CommandRun = { caller, commandId, keyed: true, causationId: commandId, begunAt, beforeWriting };
    try {
      const outcome = await command(run);
      await beforeWriting();
      return (await this.#settle<O>(stream, { type: 'RequestAnswered', data: { outcome: fieldsOf(outcome) } }, claim, run)) ?? outcome;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (!claiming) {
        // What was refused may be what the same request, sent twice, has done meanwhile.
        if ((await this.#revisionOf(stream)) >= claim.revision) throw new ClaimLost();
        throw error;
      }
      const answered = await this.#settle<O>(stream, { type: 'RequestRefused', data: { code: error.code } }, claim, run);
      if (answered) return answered;
      throw error;
    }
  }

  /** What the key was answered with, or its claim. @throws DomainError `IDEMPOTENCY_KEY_REUSED`. */
  async #find<O>(stream: string, { digest }: Received['data']): Promise<Claim | { readonly outcome: O }> {
    const latest = await this.#latest(stream);
    const [last] = latest;
    const received = latest.find((event) => event.type === 'RequestReceived');
    const at = notBefore(this.clock.now(), last?.occurredAt ?? '');
    if (last && last.type !== 'RequestRefused' && received && at < addMilliseconds(received.occurredAt, REMEMBERED_MS)) {
      if (toRecorded<Received>(received).data.digest !== digest) throw keyReused();
      if (last.type === 'RequestAnswered') return { outcome: outcomeOf<O>(last) };
      return { revision: received.revision, at: received.occurredAt, held: true };
    }
    return { revision: last ? last.revision + 1 : 0, at, held: false };
  }

  async #claim(stream: string, data: Received['data'], { revision, at }: Claim, caller: Caller): Promise<void> {
    try {
      await this.store.append(stream, toAppend([{ type: 'RequestReceived', data }], newRun(caller), at), revision === 0 ? NO_STREAM : revision - 1);
    } catch (error) {
      throw error instanceof WrongExpectedRevision ? new ClaimLost() : error;
    }
  }

  async #revisionOf(stream: string): Promise<number> {
    const [last] = await this.#latest(stream);
    return last?.revision ?? NO_STREAM;
  }

  /** Writes down how the request ended; gives what was answered before, if somebody with the same claim was first. An answer outlives a refusal. */
  async #settle<O>(stream: string, event: RequestEvent, claim: Claim, run: CommandRun): Promise<O | undefined> {
    const settling = { ...run, commandId: derivedId(run.commandId, event.type), causationId: run.commandId };
    const at = notBefore(this.clock.now(), claim.at);
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
