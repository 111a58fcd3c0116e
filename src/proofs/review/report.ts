import type { DomainEvent, PersonEnvelope, UserKind, UserRole } from '../../domain/events';
import { OF_REVIEWS, type AccessDecision, type AccessReviewEvent, type ReviewedAccess, type ReviewerKind } from '../../domain/reviews/events';
import type { JsonObject } from '../../eventstore/eventStore';

/** An event as a report is made of it. */
export interface ReportedEvent {
  readonly event: DomainEvent;
  readonly id: string;
  readonly position: string;
  readonly occurredAt: string;
  readonly hash: string;
  readonly actorId: string;
  /** The person whom it names; null when it names nobody, or nobody who could be decrypted. */
  readonly person: PersonEnvelope | null;
  /** Who acted, as their sign-in stated it; null where it is not told. */
  readonly actor: PersonEnvelope | null;
}

/** Somebody who started a review, decided in it or signed it off, as the app knew them at the sign-off; who was no user of the app, as their sign-in stated it. */
interface ReportedActor extends JsonObject {
  readonly kind: ReviewerKind;
  readonly actorId: string;
  /** Null for somebody who was no user of the app. */
  readonly userId: string | null;
  readonly keapId: string | null;
  readonly name: string | null;
}

/** A person of a review, with what was decided about their access. */
export interface ReportedPerson extends JsonObject {
  /** Place in the list, from 1. */
  readonly number: number;
  readonly userId: string;
  readonly keapId: string | null;
  readonly name: string | null;
  readonly kind: UserKind;
  readonly role: UserRole;
  readonly decision: AccessDecision | null;
  readonly remark: string | null;
  readonly decidedAt: string | null;
  readonly decidedBy: ReportedActor | null;
}

/** A review as a whole. */
export interface ReportedReview extends JsonObject {
  readonly app: string;
  readonly appName: string | null;
  readonly reviewId: string;
  readonly note: string | null;
  /** Log position of the roster that is reviewed. */
  readonly position: string;
  readonly startedAt: string;
  readonly startedBy: ReportedActor;
  readonly dueAt: string | null;
  readonly finishedAt: string;
  readonly finishedBy: ReportedActor;
  readonly people: number;
  readonly kept: number;
  readonly removed: number;
  /** The event that signed the review off. Its hash covers all events of the review before it. */
  readonly signOff: { readonly eventId: string; readonly hash: string; readonly position: string };
}

/** A signed-off review, as people read it. */
export interface ReviewReport {
  readonly review: ReportedReview;
  readonly people: readonly ReportedPerson[];
}

interface Decided {
  readonly decision: AccessDecision;
  readonly remark: string | null;
  readonly by: ReportedEvent;
}

type Of<T extends AccessReviewEvent['type']> = ReportedEvent & { readonly data: Extract<AccessReviewEvent, { type: T }>['data'] };

/** Makes the report of a review from its events and from those of the app that say who the people are. */
export class ReviewFold {
  #started: Of<'AccessReviewStarted'> | undefined;
  #finished: Of<'AccessReviewFinished'> | undefined;
  readonly #people: ReviewedAccess[] = [];
  readonly #decisions = new Map<string, Decided>();
  readonly #actors = new Set<string>();
  readonly #names = new Map<string, PersonEnvelope>();
  readonly #users = new Map<string, string>();
  #appName: string | null = null;
  readonly #problems: string[] = [];

  constructor(private readonly reviewId: string) {}

  /** The app that is reviewed; null before the first event. */
  get appId(): string | null {
    return this.#started?.data.appId ?? null;
  }

  /** Position of the event that signed the review off; null while it is open. */
  get finishedPosition(): string | null {
    return this.#finished?.position ?? null;
  }

  /** The users who are reviewed. */
  get userIds(): readonly string[] {
    return this.#people.map(({ userId }) => userId);
  }

  /** Ids of the people who started, decided and signed off. */
  get actorIds(): ReadonlySet<string> {
    return this.#actors;
  }

  /** Applies the next event, in the order of the log. */
  take(reported: ReportedEvent): void {
    const { event } = reported;
    if (isOfReview(event)) this.#takeOfReview(event, reported);
    else this.#takeOfApp(event, reported);
  }

  /** Why these are not the events of a whole, signed-off review: sentences, none when they are. */
  problems(): readonly string[] {
    const [started, finished] = [this.#started, this.#finished];
    if (!started) return ['It does not begin with the start of a review.'];
    if (!finished) return ['Nobody has signed it off.'];
    const listed = new Set(this.userIds);
    const undecided = this.#people.filter(({ userId }) => !this.#decisions.has(userId)).length;
    const { kept, removed } = finished.data;
    const decisions = [...this.#decisions.values()];
    return [
      ...this.#problems,
      ...(listed.size === started.data.people && this.#people.length === listed.size ? [] : [`It began with ${started.data.people} people, and lists ${listed.size}.`]),
      ...(undecided === 0 ? [] : [`The access of ${undecided} of its people was not decided on.`]),
      ...([...this.#decisions.keys()].every((userId) => listed.has(userId)) ? [] : ['It decides on somebody who is not in its list.']),
      ...(kept === decisions.filter(({ decision }) => decision === 'KEEP').length && removed === decisions.filter(({ decision }) => decision === 'REMOVE').length ? [] : [`The sign-off counts ${kept} people who keep their access and ${removed} who do not, and the decisions are others.`]),
    ];
  }

  /** The report; null while the review is open. */
  report(): ReviewReport | null {
    const [started, finished] = [this.#started, this.#finished];
    if (!started || !finished) return null;
    const { appId, note, position, dueAt, startedAs, people } = started.data;
    const { kept, removed } = finished.data;
    return {
      review: {
        app: appId, appName: this.#appName, reviewId: this.reviewId, note, position, people, kept, removed, dueAt,
        startedAt: started.occurredAt, startedBy: this.#actor(startedAs, started),
        finishedAt: finished.occurredAt, finishedBy: this.#actor('MEMBER', finished),
        signOff: { eventId: finished.id, hash: finished.hash, position: finished.position },
      },
      people: this.#people.map(({ userId, kind, role }, index) => {
        const { decision = null, remark = null, by } = this.#decisions.get(userId) ?? {};
        return { number: index + 1, userId, ...this.#named(userId), kind, role, decision, remark, decidedAt: by?.occurredAt ?? null, decidedBy: by === undefined ? null : this.#actor('MEMBER', by) };
      }),
    };
  }

  #takeOfReview(event: AccessReviewEvent, reported: ReportedEvent): void {
    // A reminder decides nothing.
    if (event.type === 'AccessReviewReminded') return;
    if (this.#finished) this.#problems.push('Something was decided in it after it was signed off.');
    if (event.type !== 'AccessReviewListed') this.#actors.add(reported.actorId);
    switch (event.type) {
      case 'AccessReviewStarted':
        if (this.#started) this.#problems.push('It starts twice.');
        this.#started ??= { ...reported, data: event.data };
        return;
      case 'AccessReviewListed':
        this.#people.push(...event.data.people);
        return;
      case 'AccessDecided': {
        const { userIds, decision, remark } = event.data;
        for (const userId of userIds) this.#decisions.set(userId, { decision, remark, by: reported });
        return;
      }
      case 'AccessReviewFinished':
        this.#finished ??= { ...reported, data: event.data };
    }
  }

  #takeOfApp(event: DomainEvent, { person }: ReportedEvent): void {
    const { userId, appName, personId } = toldBy(event);
    if (userId !== undefined && person) this.#names.set(userId, person);
    if (userId !== undefined && personId !== undefined) this.#users.set(personId, userId);
    if (appName !== undefined) this.#appName = appName;
  }

  #actor(kind: ReviewerKind, { actorId, actor }: ReportedEvent): ReportedActor {
    const userId = this.#users.get(actorId) ?? null;
    return { kind, actorId, userId, ...(userId === null ? named(actor) : this.#named(userId)) };
  }

  #named(userId: string): Named {
    return named(this.#names.get(userId) ?? null);
  }
}

interface Named {
  readonly keapId: string | null;
  readonly name: string | null;
}

const named = (person: PersonEnvelope | null): Named => ({ keapId: person?.keapId ?? null, name: person?.name ?? null });

const isOfReview = (event: DomainEvent): event is AccessReviewEvent => Object.hasOwn(OF_REVIEWS, event.type);

/** What an event of an app's roster tells about who its people are. */
interface Told {
  /** The user whom it names or binds to a sign-in. */
  readonly userId?: string;
  /** The sign-in that is the user from then on. */
  readonly personId?: string;
  readonly names?: boolean;
  readonly appName?: string;
}

/** Returns what an event tells about who people are, and what their app is called; nothing for other events. */
export function toldBy(event: DomainEvent): Told {
  switch (event.type) {
    case 'AppRegistered':
    case 'AppRenamed':
      return { appName: event.data.name };
    case 'OwnerAdded':
    case 'PartnerInvited':
    case 'UserInvited':
    case 'InvitationMoved':
    case 'PersonUpdated':
    case 'AdminAppointed':
      return { userId: event.data.userId, names: true };
    case 'InvitationAccepted':
    case 'PersonBound': {
      const { userId, personId } = event.data;
      return { userId, names: event.type === 'InvitationAccepted', ...(personId === null ? {} : { personId }) };
    }
    case 'UserRebound': {
      const { userId, toPersonId: personId } = event.data;
      return { userId, names: true, ...(personId === null ? {} : { personId }) };
    }
    default:
      return {};
  }
}
