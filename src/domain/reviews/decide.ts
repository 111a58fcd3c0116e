import { accessOf, type Action, mayDo, type Relation, relationOfMember, relationsOfScopes } from '../access';
import { DomainError } from '../domainError';
import type { Actor } from '../events';
import { parseNote, parseRemark } from '../fields';
import { appNotFound, type DecisionContext, userOfActor } from '../roster/guards';
import type { RosterState, RosterUser } from '../roster/state';
import type { AccessDecision, AccessReviewEvent, ReviewedAccess, ReviewerKind } from './events';
import type { AccessReviewState } from './state';

/** Most people in a review, so that its start is one append in every store. */
const MAX_PEOPLE = 10_000;
/** People in one event. */
const PEOPLE_PER_EVENT = 500;
/** Most people that one command decides about. */
const MAX_DECIDED = 200;
/** Most reviews of an app that are open at a time. */
const MAX_OPEN = 20;
/** Undecided people whom a refusal names. */
const MAX_NAMED = 5;

/** The refusal for a review that does not exist or that the actor may not see, in the same words. */
const reviewNotFound = (): DomainError =>
  new DomainError('REVIEW_NOT_FOUND', 'There is no such access review that you can reach. Check the id.', { field: 'reviewId' });

/** The refusal of a decision in a review that does not exist: what the actor would be told of one that they may not decide in. */
export const noSuchReviewFor = ({ scopes }: Actor): DomainError => (accessOf('decideReview', relationsOfScopes(scopes)) === 'FORBIDDEN' ? onlyForAdmins() : reviewNotFound());

const onlyForAdmins = (): DomainError => new DomainError('FORBIDDEN', 'Only an admin of the app may do this. Ask one of them.');

export interface StartAccessReview {
  readonly appId: string;
  readonly note: string | null;
  readonly dueAt: string | null;
  /** Number of the app's reviews that are open. */
  readonly open: number;
}

/** A review that may be started. */
export interface ReviewToStart {
  readonly startedAs: ReviewerKind;
  readonly note: string | null;
}

/**
 * Requires that a review of the app may start now. For admins of the app, auditors and operators.
 * @throws DomainError `APP_NOT_FOUND`, `FORBIDDEN` or `INVALID_INPUT`.
 */
export function startAccessReview({ note, dueAt, open }: StartAccessReview, roster: RosterState, { actor, now }: DecisionContext): ReviewToStart {
  const startedAs = requireReviewer('startReview', roster, actor);
  if (roster.importing) throw new DomainError('INVALID_INPUT', 'The history of this app is being imported. Start the review when the import is finished.', { field: 'appId' });
  const parsed = note === null ? null : parseNote(note);
  if (dueAt !== null && dueAt <= now) throw new DomainError('INVALID_INPUT', 'The time until which the review is due must be in the future.', { field: 'dueAt' });
  if (open >= MAX_OPEN) throw new DomainError('INVALID_INPUT', `The app has ${open} open access reviews, the most that it may have. Finish one of them first.`, { field: 'appId' });
  return { startedAs, note: parsed };
}

/** Collects the people of a review among the users of an app, who come one by one and in any order. */
export class PeopleToReview {
  readonly #users: RosterUser[] = [];

  /** Takes a user who has access. @throws DomainError `INVALID_INPUT` for more than 10,000. */
  take(user: RosterUser): void {
    if (user.status !== 'ACTIVE') return;
    this.#users.push(user);
    if (this.#users.length <= MAX_PEOPLE) return;
    throw new DomainError('INVALID_INPUT', `An access review lists at most ${MAX_PEOPLE.toLocaleString('en')} people, and more have access to this app. Use periodsOfAccess for an app of this size.`, { field: 'appId' });
  }

  /** Those who have access, in the order in which they joined. */
  inOrder(): readonly ReviewedAccess[] {
    const orderOf = ({ statusPosition, userId }: RosterUser): string => `${statusPosition} ${userId}`;
    return this.#users.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)).map(({ userId, epoch, kind, role }) => ({ userId, epoch, kind, role }));
  }
}

/** The first events of a review. */
export function eventsOfStart(appId: string, people: readonly ReviewedAccess[], { startedAs, note }: ReviewToStart, position: string, dueAt: string | null): readonly AccessReviewEvent[] {
  const lists = Array.from({ length: Math.ceil(people.length / PEOPLE_PER_EVENT) }, (_, list) => people.slice(list * PEOPLE_PER_EVENT, (list + 1) * PEOPLE_PER_EVENT));
  return [
    { type: 'AccessReviewStarted', data: { appId, position, note, dueAt, startedAs, people: people.length } },
    ...lists.map((listed): AccessReviewEvent => ({ type: 'AccessReviewListed', data: { appId, people: listed } })),
  ];
}

export interface DecideAccess {
  readonly type: 'DecideAccess';
  readonly userIds: readonly string[];
  readonly decision: AccessDecision;
  readonly remark: string | null;
}

interface FinishAccessReview {
  readonly type: 'FinishAccessReview';
}

export type AccessReviewCommand = DecideAccess | FinishAccessReview;

/**
 * Returns the events of a command on a review; none when it changes nothing. For admins of the app.
 * @throws DomainError when a rule forbids the command.
 */
export function decideAccessReview(command: AccessReviewCommand, state: AccessReviewState, roster: RosterState, { actor }: DecisionContext): readonly AccessReviewEvent[] {
  requireReviewer('decideReview', roster, actor);
  return command.type === 'DecideAccess' ? decideAccess(command, state, userOfActor(roster, actor)) : finishAccessReview(state, roster, userOfActor(roster, actor));
}

function decideAccess({ userIds, decision, remark }: DecideAccess, state: AccessReviewState, own: RosterUser | undefined): readonly AccessReviewEvent[] {
  const ids = [...new Set(userIds)];
  if (ids.length === 0 || ids.length > MAX_DECIDED) throw new DomainError('INVALID_INPUT', `Decide about 1 to ${MAX_DECIDED} people at a time.`, { field: 'userIds' });
  const parsed = remark === null ? null : parseRemark(remark);
  if (state.finishedPosition !== null) throw new DomainError('REVIEW_FINISHED', 'This access review is finished, and nothing in it changes any more. Start a new one.');
  if (!ids.every((id) => state.people.has(id))) throw new DomainError('USER_NOT_FOUND', 'One of these people is not in this access review. It lists who had access when it started.', { field: 'userIds' });
  if (own && ids.includes(own.userId)) throw new DomainError('CANNOT_REVIEW_SELF', 'Nobody decides on their own access. Ask another admin of the app to decide on yours.', { field: 'userIds' });
  const changed = ids.filter((id) => {
    const before = state.decisions.get(id);
    return before?.decision !== decision || before.remark !== parsed;
  });
  if (changed.length === 0) return [];
  // A remark is in the envelope of the person it is about, so each of them has an event of their own.
  const groups = parsed === null ? [changed] : changed.map((id) => [id]);
  return groups.map((people) => ({ type: 'AccessDecided', data: { appId: state.appId, userIds: people, decision, remark: parsed } }));
}

function finishAccessReview(state: AccessReviewState, roster: RosterState, own: RosterUser | undefined): readonly AccessReviewEvent[] {
  if (state.finishedPosition !== null) return [];
  const undecided = [...state.people.keys()].filter((userId) => !state.decisions.has(userId));
  if (undecided.length > 0) {
    const isOwn = undecided.length === 1 && undecided[0] === own?.userId;
    const names = undecided.slice(0, MAX_NAMED).map((userId) => roster.users.get(userId)?.keapId ?? userId).join(', ');
    const what = isOwn
      ? 'Only your own access is not decided on, and nobody decides on their own. Ask another admin of the app to decide on it; an operator can appoint one.'
      : `The access of ${undecided.length === 1 ? 'one person' : `${undecided.length.toLocaleString('en')} people`} is not decided on: ${names}${undecided.length > MAX_NAMED ? ' and others' : ''}. Decide on everybody first.`;
    throw new DomainError('REVIEW_INCOMPLETE', what, { count: undecided.length });
  }
  const removed = [...state.decisions.values()].filter(({ decision }) => decision === 'REMOVE').length;
  return [{ type: 'AccessReviewFinished', data: { appId: state.appId, kept: state.decisions.size - removed, removed } }];
}

/**
 * Requires that the actor may start a review of the app, or decide in one.
 * @returns in which role they may. @throws DomainError `FORBIDDEN`; `APP_NOT_FOUND` or `REVIEW_NOT_FOUND` where the access table says that it is unknown.
 */
export function requireReviewer(action: Extract<Action, 'startReview' | 'decideReview'>, roster: RosterState, actor: Actor): ReviewerKind {
  const unknown = (): DomainError => (action === 'startReview' ? appNotFound(roster.appId) : reviewNotFound());
  if (!roster.registered) throw unknown();
  const user = userOfActor(roster, actor);
  const member: readonly Relation[] = user?.status === 'ACTIVE' ? [relationOfMember(user)] : [];
  if (member.length > 0 && mayDo(action, member)) return 'MEMBER';
  const scope = actor.scopes.find((one) => mayDo(action, relationsOfScopes([one])));
  if (scope !== undefined) return scope === 'operator' ? 'OPERATOR' : 'AUDITOR';
  if (accessOf(action, [...member, ...relationsOfScopes(actor.scopes)]) === 'FORBIDDEN') throw onlyForAdmins();
  throw unknown();
}
