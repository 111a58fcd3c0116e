import type { UserKind, UserRole } from '../events';

/** What an access review decides about a person. `REMOVE` is carried out by a removal, never by itself. */
export type AccessDecision = 'KEEP' | 'REMOVE';

/** In which role somebody acts on a review. */
export type ReviewerKind = 'MEMBER' | 'OPERATOR' | 'AUDITOR';

/** The moment of a review that a reminder is for: a week before it is due, a day before, or when it is due and not finished. */
export type Reminder = 'WEEK' | 'DAY' | 'OVERDUE';

/** A person who has access when a review starts, and the access that is reviewed. */
export interface ReviewedAccess {
  readonly userId: string;
  /** Number of the membership period. Access that the person gets after it is not the one that is reviewed. */
  readonly epoch: number;
  readonly kind: UserKind;
  readonly role: UserRole;
}

/** Events of `review-<id>`: an access review. The hash of the last one covers the people, every decision and every remark, since each event is chained to the one before it. */
export type AccessReviewEvent =
  | {
      readonly type: 'AccessReviewStarted';
      readonly data: {
        readonly appId: string;
        /** Log position of the roster that is reviewed. */
        readonly position: string;
        readonly note: string | null;
        /** When the review is to be finished, in ISO 8601, UTC; null without such a time. */
        readonly dueAt: string | null;
        readonly startedAs: ReviewerKind;
        /** Number of people who have access. The events that follow list them. */
        readonly people: number;
      };
    }
  | { readonly type: 'AccessReviewListed'; readonly data: { readonly appId: string; readonly people: readonly ReviewedAccess[] } }
  | {
      readonly type: 'AccessDecided';
      readonly data: { readonly appId: string; readonly userIds: readonly string[]; readonly decision: AccessDecision; readonly remark: string | null };
    }
  | {
      readonly type: 'AccessReviewReminded';
      readonly data: {
        readonly appId: string;
        readonly reviewId: string;
        readonly reminder: Reminder;
        readonly dueAt: string;
        readonly people: number;
        /** Number of people whose access was not decided on. */
        readonly undecided: number;
        /** User ids of the admins who are told by e-mail. */
        readonly informedUserIds: readonly string[];
      };
    }
  | {
      readonly type: 'AccessReviewFinished';
      readonly data: { readonly appId: string; /** Number of people whose access is kept. */ readonly kept: number; /** Number of those whose access is to end. */ readonly removed: number };
    };

/** A reminder that a review is due. It decides nothing. */
export type AccessReviewReminder = Extract<AccessReviewEvent, { readonly type: 'AccessReviewReminded' }>;

/** The types of the events of a review. */
export const OF_REVIEWS: Readonly<Record<AccessReviewEvent['type'], true>> = { AccessReviewStarted: true, AccessReviewListed: true, AccessDecided: true, AccessReviewReminded: true, AccessReviewFinished: true };
