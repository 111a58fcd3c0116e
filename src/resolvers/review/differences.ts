import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import type * as events from '../../domain/events';
import type * as reviews from '../../domain/reviews/events';
import type { AccessReviewRow, ReviewChange, ReviewDifferenceRow } from '../../projections/accessReviews/queries';
import type { ReadSource } from '../context';
import { connectionOf, PageArgs } from '../shared/connection';
import { AccessDecision, AccessReviewChange, UserKind, UserRole } from '../shared/scalars';
import { AccessReview } from './types';

@ArgsType()
export class AccessReviewDifferencesArgs extends PageArgs {
  @Field(() => [AccessReviewChange], { nullable: true, description: 'Only people with one of these differences. Everybody who differs when omitted.' })
  readonly changes?: readonly ReviewChange[] | null;
}

@ObjectType('AccessReviewDifference', { simpleResolvers: true, description: 'A person who differs between an access review and the previous one.' })
export class AccessReviewDifference {
  @Field(() => [AccessReviewChange], { description: 'What is different, at least one thing.' })
  readonly changes: readonly ReviewChange[];

  @Field(() => UserRole, { nullable: true, description: 'Role in this review. Null for somebody who is gone.' })
  readonly role: events.UserRole | null;

  @Field(() => UserKind, { nullable: true, description: 'Whether the person is a user or a partner in this review. Null for somebody who is gone.' })
  readonly kind: events.UserKind | null;

  @Field(() => UserRole, { nullable: true, description: 'Role in the previous review. Null for somebody who was not in it.' })
  readonly previousRole: events.UserRole | null;

  @Field(() => UserKind, { nullable: true, description: 'Whether the person was a user or a partner in the previous review. Null for somebody who was not in it.' })
  readonly previousKind: events.UserKind | null;

  @Field(() => AccessDecision, { nullable: true, description: 'What the previous review decided. Null for somebody who was not in it.' })
  readonly previousDecision: reviews.AccessDecision | null;

  @Field(() => String, { nullable: true, description: 'Remark on the decision of the previous review. Null when none was given.' })
  readonly previousRemark: string | null;

  readonly appId: string;
  readonly userId: string;
  readonly source: ReadSource;

  constructor(row: ReviewDifferenceRow, { appId, source }: AccessReview) {
    const { userId, role, kind, previousRole, previousKind, previousDecision, previousRemark, isNew, isGone, isChanged, isNotRemoved } = row;
    const found: readonly (readonly [ReviewChange, number])[] = [['NEW', isNew], ['GONE', isGone], ['ROLE_CHANGED', isChanged], ['NOT_REMOVED', isNotRemoved]];
    this.changes = found.flatMap(([change, isSo]) => (isSo === 0 ? [] : [change]));
    this.role = role;
    this.kind = kind;
    this.previousRole = previousRole;
    this.previousKind = previousKind;
    this.previousDecision = previousDecision;
    this.previousRemark = previousRemark;
    this.appId = appId;
    this.userId = userId;
    this.source = source;
  }
}

@ObjectType('AccessReviewDifferenceConnection', { simpleResolvers: true, description: 'A page of the people who differ between two access reviews.' })
export class AccessReviewDifferenceConnection extends connectionOf(AccessReviewDifference, 'person', (row: ReviewDifferenceRow, parent: AccessReview) => new AccessReviewDifference(row, parent)) {}

@ObjectType('AccessReviewDifferences', { description: 'How the people of an access review differ from those of the previous one. Both lists are those of the start of a review.' })
export class AccessReviewDifferences {
  constructor(
    readonly review: AccessReview,
    readonly previousRow: AccessReviewRow,
  ) {
    this.previous = new AccessReview(previousRow, review.source);
    const counts = review.source.models.accessReviews.differenceCounts(review.reviewId, previousRow.reviewId);
    this.newCount = counts.NEW;
    this.goneCount = counts.GONE;
    this.roleChangedCount = counts.ROLE_CHANGED;
    this.notRemovedCount = counts.NOT_REMOVED;
  }

  @Field(() => AccessReview, { description: 'The previous review.' })
  readonly previous: AccessReview;

  @Field(() => Int, { description: 'Number of people who are new in this review.' })
  readonly newCount: number;

  @Field(() => Int, { description: 'Number of people of the previous review who are not in this one.' })
  readonly goneCount: number;

  @Field(() => Int, { description: 'Number of people whose role, or kind, is another one than in the previous review.' })
  readonly roleChangedCount: number;

  @Field(() => Int, { description: 'Number of people who were to be removed by the previous review and still had that access when this one started.' })
  readonly notRemovedCount: number;
}
