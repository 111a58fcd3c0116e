import { LRUCache } from 'lru-cache';
import { decideAccessReview, type DecideAccess, eventsOfStart, noSuchReviewFor, PeopleToReview, startAccessReview as reviewToStart, type AccessReviewCommand } from '../domain/reviews/decide';
import type { AccessReviewEvent, ReviewedAccess } from '../domain/reviews/events';
import { remindOfReview } from '../domain/reviews/reminders';
import { type AccessReviewState, emptyReview, evolveReview } from '../domain/reviews/state';
import { reviewStream, rosterStream } from '../domain/streams';
import { type EventStore, NO_STREAM, WrongExpectedRevision } from '../eventstore/eventStore';
import { KeyedMutex, Steps } from '../concurrency';
import type { AccessReviewsQueries } from '../projections/accessReviews/queries';
import { requireAppId } from './apps';
import { type Clock, type CommandOutcome, eventTime, systemCaller } from './commandTypes';
import { appendInRun, type CommandRun, derivedId, positionOfEarlierRun, retryOnConflict, tooManyWriters, toRecorded } from './handling/append';
import type { RosterHandler } from './handling/roster';
import { keapIdIn } from './handling/rosterRound';

/** The result of a command on an access review. */
export interface ReviewOutcome extends CommandOutcome {
  readonly reviewId: string;
}

export interface StartAccessReviewInput {
  readonly appId: string;
  readonly note?: string | null;
  readonly dueAt?: string | null;
}

export interface DecideAccessInput extends Pick<DecideAccess, 'userIds' | 'decision'> {
  readonly reviewId: string;
  readonly remark?: string | null;
}

const REVIEW_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reviews whose state is kept in memory. One of 10,000 people takes a few megabytes. */
const KEPT_REVIEWS = 20;

/** Commands on access reviews. Each review has a stream of its own, and decisions are appended at the revision that they were made on. */
export class AccessReviewCommands {
  readonly #states = new LRUCache<string, AccessReviewState>({ max: KEPT_REVIEWS });
  readonly #mutex = new KeyedMutex(tooManyWriters);

  constructor(
    private readonly store: EventStore,
    private readonly rosters: RosterHandler,
    private readonly reviews: Pick<AccessReviewsQueries, 'openCount'>,
  ) {}

  /** Starts a review of everybody who has access to the app now. @throws DomainError `APP_NOT_FOUND`, `FORBIDDEN` or `INVALID_INPUT`. */
  async start({ appId, note = null, dueAt = null }: StartAccessReviewInput, run: CommandRun): Promise<ReviewOutcome> {
    requireAppId(appId);
    const reviewId = derivedId(run.commandId, 'review');
    const stream = reviewStream(reviewId);
    return retryOnConflict(async () => {
      const earlier = await positionOfEarlierRun(this.store, stream, run);
      if (earlier !== null) return { appId, reviewId, position: earlier };
      const context = this.rosters.contextOf(run);
      const review = reviewToStart({ appId, note, dueAt, open: this.reviews.openCount(appId) }, await this.rosters.load(appId), context);
      const { people, revision } = await this.#peopleOf(appId);
      const events = eventsOfStart(appId, people, review, await this.#positionOf(rosterStream(appId), revision), dueAt);
      const { position } = await appendInRun(this.store, run, { stream, events, time: eventTime(context.now, ''), expectedRevision: NO_STREAM });
      return { appId, reviewId, position };
    });
  }

  /** Decides about people of a review. @throws DomainError `REVIEW_NOT_FOUND`, `FORBIDDEN`, `REVIEW_FINISHED`, `USER_NOT_FOUND`, `CANNOT_REVIEW_SELF` or `INVALID_INPUT`. */
  decide({ reviewId, userIds, decision, remark = null }: DecideAccessInput, run: CommandRun): Promise<ReviewOutcome> {
    return this.#handle(reviewId, { type: 'DecideAccess', userIds, decision, remark }, run);
  }

  /** Finishes a review in which everybody is decided on. @throws DomainError `REVIEW_NOT_FOUND`, `FORBIDDEN` or `REVIEW_INCOMPLETE`. */
  finish({ reviewId }: { readonly reviewId: string }, run: CommandRun): Promise<ReviewOutcome> {
    return this.#handle(reviewId, { type: 'FinishAccessReview' }, run);
  }

  /** Records the reminder of a review that is to be sent now, if any, once however many replicas do it. @param clock tells when now is. */
  async remind(reviewId: string, clock: Clock): Promise<void> {
    const stream = reviewStream(reviewId);
    await this.#mutex.run(stream, () => retryOnConflict(async () => {
      const { appId } = await this.#load(reviewId);
      const roster = await this.rosters.load(appId);
      const state = await this.#load(reviewId);
      const now = clock.now();
      const event = remindOfReview(reviewId, state, roster, now);
      if (event === null) return;
      const commandId = derivedId(reviewId, `reminder ${event.data.reminder}`);
      await appendInRun(this.store, { caller: systemCaller('reminders'), commandId, keyed: false, causationId: commandId }, { stream, events: [event], time: eventTime(now, state.lastOccurredAt), expectedRevision: state.revision });
    }));
  }

  /** Returns the app of a review; null when there is no such review. */
  async appOf(reviewId: string): Promise<string | null> {
    const { appId } = REVIEW_ID.test(reviewId) ? await this.#load(reviewId) : emptyReview();
    return appId === '' ? null : appId;
  }

  async #handle(reviewId: string, command: AccessReviewCommand, run: CommandRun): Promise<ReviewOutcome> {
    if (!REVIEW_ID.test(reviewId)) throw noSuchReviewFor(run.caller.actor);
    const stream = reviewStream(reviewId);
    return this.#mutex.run(stream, () => retryOnConflict(async () => {
      const { appId } = await this.#load(reviewId);
      if (appId === '') throw noSuchReviewFor(run.caller.actor);
      const earlier = await positionOfEarlierRun(this.store, stream, run);
      if (earlier !== null) return { appId, reviewId, position: earlier };
      const roster = await this.rosters.load(appId);
      const state = await this.#load(reviewId);
      const context = this.rosters.contextOf(run);
      const events = decideAccessReview(command, state, roster, context);
      if (events.length === 0) return { appId, reviewId, position: state.finishedPosition ?? state.position };
      const { position } = await appendInRun(this.store, run, { stream, events, time: eventTime(context.now, state.lastOccurredAt), expectedRevision: state.revision, keapIdOf: keapIdIn(roster) });
      return { appId, reviewId, position };
    }));
  }

  /** Brings the state of a review up to date. It is mutable: decide before the next `await`. */
  async #load(reviewId: string): Promise<AccessReviewState> {
    const state = this.#states.get(reviewId) ?? emptyReview();
    for await (const stored of this.store.readStream(reviewStream(reviewId), { fromRevision: state.revision + 1 })) {
      // Another command may have applied the same events in the meantime.
      if (stored.revision === state.revision + 1) evolveReview(state, toRecorded<AccessReviewEvent>(stored));
    }
    if (state.revision >= 0) this.#states.set(reviewId, state);
    return state;
  }

  /** Lists who has access, and lets other work in between. @throws WrongExpectedRevision when the roster was changed meanwhile. */
  async #peopleOf(appId: string): Promise<{ readonly people: readonly ReviewedAccess[]; readonly revision: number }> {
    const { state, revision } = await this.rosters.loaded(appId);
    const people = new PeopleToReview();
    const steps = new Steps();
    for (const user of state.users.values()) {
      people.take(user);
      if (steps.isOver) await steps.next();
    }
    const now = await this.rosters.loaded(appId);
    if (now.revision !== revision) throw new WrongExpectedRevision(rosterStream(appId), revision, now.revision);
    return { people: people.inOrder(), revision };
  }

  async #positionOf(stream: string, revision: number): Promise<string> {
    for await (const { position } of this.store.readStream(stream, { fromRevision: revision, maxCount: 1 })) return position;
    throw new Error(`${stream} has no event of revision ${revision}.`);
  }
}

/** Reviews that are reminded of by one call; the next call continues with the rest. */
const MAX_REMINDED = 200;

/**
 * Records a reminder of each access review that one is due for, once each, however many replicas do it. What was due while no process ran is made up
 * for by the latest reminder alone.
 * @throws AggregateError of reviews that could not be reminded of; the others are all the same.
 */
export async function recordDueReminders(due: Pick<AccessReviewsQueries, 'toRemind'>, accessReviews: Pick<AccessReviewCommands, 'remind'>, clock: Clock): Promise<void> {
  const failures: unknown[] = [];
  const reviewIds = due.toRemind(clock.now(), MAX_REMINDED);
  for (const reviewId of reviewIds) await accessReviews.remind(reviewId, clock).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${reviewIds.length} access reviews could not be reminded of`);
}
