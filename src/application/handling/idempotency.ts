import { createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import { DomainError } from '../../domain/domainError';
import type { RequestEvent } from '../../domain/events';
import { requestStream } from '../../domain/streams';
import { decidedAtOf, type EventStore, NO_STREAM, type StoredEvent, WrongExpectedRevision } from '../../eventstore/eventStore';
import { addMilliseconds, type Caller, type Clock, eventTime, type EventTime, type Keyed, type Outcome } from '../commandTypes';
import { type CommandRun, derivedId, newRun, toAppend, toRecorded } from './append';

/** How long answers are kept. After it, the key is free for another request. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;
const MAX_KEY_LENGTH = 200;
/** Largest difference between the clocks of two replicas. With a larger one, events of an earlier run may not be found. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** The state of a key when a request arrives: free, or held by another request or by the same one before a crash. */
interface Claim {
  /** The revision of the claim's event in the key's stream. */
  readonly revision: number;
  /** The time from which events of an earlier run have to be searched. */
  readonly begunAt: string;
  readonly time: EventTime;
  readonly held: boolean;
}

type Received = Extract<RequestEvent, { type: 'RequestReceived' }>;

/** Another request with the same key claimed it first. */
class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/**
 * Executes a request with an idempotency key once. The key is claimed in a stream of its own, by an append with an expected
 * revision, before the command writes its first event. All ids of the command derive from the claim, so that concurrent requests
 * with the same key, on any replica or after a crash, write the same events. Refusals are not remembered: a refused request that
 * wrote nothing leaves no trace.
 */
export class KeyedRequests {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly secretKey: Buffer,
  ) {}

  /**
   * Executes the command, or returns the answer that the same key got before.
   * @param mayRepeat throws when the caller may not get an answer that an earlier run of this request wrote.
   * @throws DomainError `IDEMPOTENCY_KEY_REUSED` when the key came with other input in the last 24 hours, `INVALID_INPUT`
   * for a key that is empty, longer than 200 characters or has unpaired surrogates, and any error of the command.
   */
  async execute<I extends Keyed, O extends Outcome>(mutation: string, caller: Caller, input: I, command: (run: CommandRun) => Promise<O>, mayRepeat: (outcome: O) => Promise<void>): Promise<O> {
    const { idempotencyKey, ...wish } = input;
    if (idempotencyKey === null || idempotencyKey === undefined) return command(newRun(caller));
    // Unpaired surrogates all encode to the same bytes: keys that differ only in them would be the same key.
    if (idempotencyKey.length < 1 || idempotencyKey.length > MAX_KEY_LENGTH || /\p{Cs}/u.test(idempotencyKey)) {
      throw new DomainError('INVALID_INPUT', `An idempotency key must have 1 to ${MAX_KEY_LENGTH} characters and no unpaired surrogates.`, { field: 'idempotencyKey' });
    }
    const stream = requestStream(this.#keyed(`request\0${caller.actor.personId}\0${mutation}\0${idempotencyKey}`).slice(0, 32));
    const data = { mutation, digest: this.#keyed(`digest\0${canonicalize(wish) ?? ''}`) };
    for (;;) {
      const found = await this.#find<O>(stream, data);
      if ('outcome' in found) {
        await mayRepeat(found.outcome);
        return found.outcome;
      }
      try {
        const outcome = await this.#executeUnder(found, stream, data, caller, command);
        // What an earlier run wrote before it was interrupted is found without a decision.
        if (found.held) await mayRepeat(outcome);
        return outcome;
      } catch (error) {
        if (!(error instanceof ClaimLost)) throw error;
      }
    }
  }

  /**
   * Executes the command under the claim and records the answer.
   * @throws ClaimLost when another request with the same key was first. Nothing has been written then.
   */
  async #executeUnder<O extends Outcome>(claim: Claim, stream: string, data: Received['data'], caller: Caller, command: (run: CommandRun) => Promise<O>): Promise<O> {
    const commandId = derivedId(derivedId(REQUEST_NAMESPACE, stream), String(claim.revision));
    const { begunAt } = claim;
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
        // The refusal may be caused by the same request, which was sent twice and has succeeded meanwhile.
        if ((await this.#revisionOf(stream)) >= claim.revision) throw new ClaimLost();
        throw error;
      }
      const answered = await this.#settle<O>(stream, { type: 'RequestRefused', data: { code: error.code } }, claim, run);
      if (answered) return answered;
      throw error;
    }
  }

  /**
   * Returns the recorded answer of the key, or the claim to execute under.
   * @throws DomainError `IDEMPOTENCY_KEY_REUSED`
   */
  async #find<O>(stream: string, { digest }: Received['data']): Promise<Claim | { readonly outcome: O }> {
    const latest = await this.#latest(stream);
    const [last] = latest;
    const received = latest.find((event) => event.type === 'RequestReceived');
    const now = this.clock.now();
    if (last && last.type !== 'RequestRefused' && received && now < addMilliseconds(decidedAtOf(received), REMEMBERED_MS)) {
      if (toRecorded<Received>(received).data.digest !== digest) throw keyReused();
      if (last.type === 'RequestAnswered') return { outcome: outcomeOf<O>(last) };
      const claimedAt = decidedAtOf(received);
      // The clock was ahead at a claim of the future. An earlier run may have written before that time.
      const begunAt = addMilliseconds(now < claimedAt ? now : claimedAt, now < claimedAt ? -REMEMBERED_MS : -CLOCK_SKEW_MS);
      return { revision: received.revision, begunAt, time: eventTime(claimedAt, received.occurredAt), held: true };
    }
    return { revision: last ? last.revision + 1 : 0, begunAt: now, time: eventTime(now, last?.occurredAt ?? ''), held: false };
  }

  async #claim(stream: string, data: Received['data'], { revision, time }: Claim, caller: Caller): Promise<void> {
    try {
      await this.store.append(stream, toAppend([{ type: 'RequestReceived', data }], newRun(caller), time), revision === 0 ? NO_STREAM : revision - 1);
    } catch (error) {
      throw error instanceof WrongExpectedRevision ? new ClaimLost() : error;
    }
  }

  async #revisionOf(stream: string): Promise<number> {
    const [last] = await this.#latest(stream);
    return last?.revision ?? NO_STREAM;
  }

  /** Records the result of the request. Returns the earlier answer when another run of the same claim recorded one. An answer replaces a refusal. */
  async #settle<O>(stream: string, event: RequestEvent, claim: Claim, run: CommandRun): Promise<O | undefined> {
    const settling = { ...run, commandId: derivedId(run.commandId, event.type), causationId: run.commandId };
    const time = eventTime(this.clock.now(), claim.time.occurredAt);
    let expectedRevision = claim.revision;
    for (;;) {
      try {
        await this.store.append(stream, toAppend([event], settling, time), expectedRevision);
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

  /** Reads the last events of a key, newest first. A claim and its results are three events at most. */
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
  new DomainError('IDEMPOTENCY_KEY_REUSED', 'This idempotency key was used with another input. Use a new key for a new request.', { field: 'idempotencyKey' });

/** Converts an outcome for storage. Its fields are a position, ids and numbers. */
const fieldsOf = (outcome: Outcome): Readonly<Record<string, string | number>> => Object.fromEntries(Object.entries(outcome));

const outcomeOf = <O>(event: StoredEvent): O => event.data['outcome'] as unknown as O;
