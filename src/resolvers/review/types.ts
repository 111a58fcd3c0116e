import { Field, ID, Int, ObjectType } from 'type-graphql';
import type * as events from '../../domain/events';
import type * as review from '../../domain/reviews/events';
import type { AccessReviewRow, ReviewedPersonRow } from '../../projections/accessReviews/queries';
import type { Page } from '../../projections/paging/page';
import type { ReadSource } from '../context';
import { connectionOf, Node } from '../shared/connection';
import { globalIdOf } from '../shared/globalId';
import { AccessDecision, AccessReviewStatus, DateTimeISO, LogPosition, type ReviewStatus, UserKind, UserRole } from '../shared/scalars';

@ObjectType('AccessReview', { implements: Node, simpleResolvers: true, description: 'An access review: everybody who had access to an app when it started, each decided on by an admin, and signed off by one.' })
export class AccessReview implements Node {
  readonly id: string;

  @Field(() => ID, { description: 'Id of the review, a UUID.' })
  readonly reviewId: string;

  @Field(() => AccessReviewStatus, { description: 'Whether the review is finished.' })
  readonly status: ReviewStatus;

  @Field(() => String, { nullable: true, description: 'Note of the person who started the review. Null when they gave none.' })
  readonly note: string | null;

  @Field(() => DateTimeISO, { description: 'When the review started.' })
  readonly startedAt: string;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the review is to be finished. Null when no time was given.' })
  readonly dueAt: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the review was finished. Null while it is open.' })
  readonly finishedAt: string | null;

  @Field(() => LogPosition, { description: 'Log position of the user list that is reviewed. Pass it as `asOf` to see that list.' })
  readonly position: string;

  @Field(() => Int, { description: 'Number of people in the review.' })
  readonly totalCount: number;

  readonly appId: string;

  constructor(
    readonly row: AccessReviewRow,
    readonly source: ReadSource,
  ) {
    const { appId, reviewId, note, startedAt, dueAt, finishedAt, position, total } = row;
    this.id = globalIdOf('AccessReview', appId, reviewId);
    this.reviewId = reviewId;
    this.status = finishedAt === null ? 'OPEN' : 'FINISHED';
    this.note = note;
    this.startedAt = startedAt;
    this.dueAt = dueAt;
    this.finishedAt = finishedAt;
    this.position = position;
    this.totalCount = total;
    this.appId = appId;
  }
}

@ObjectType('AccessReviewItem', { simpleResolvers: true, description: 'A person in an access review: the access that is reviewed, and what was decided about it.' })
export class AccessReviewItem {
  @Field(() => UserRole, { description: 'Role that the person had when the review started.' })
  readonly role: events.UserRole;

  @Field(() => UserKind, { description: 'Whether the person was a user or a partner when the review started.' })
  readonly kind: events.UserKind;

  @Field(() => AccessDecision, { nullable: true, description: 'What was decided. Null while nobody has decided.' })
  readonly decision: review.AccessDecision | null;

  @Field(() => String, { nullable: true, description: 'Remark on the decision. Null when none was given.' })
  readonly remark: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'When it was decided. Null while nobody has decided.' })
  readonly decidedAt: string | null;

  readonly appId: string;
  readonly source: ReadSource;

  constructor(
    readonly row: ReviewedPersonRow,
    { appId, source }: AccessReview,
  ) {
    const { role, kind, decision, remark, decidedAt } = row;
    this.role = role;
    this.kind = kind;
    this.decision = decision;
    this.remark = remark;
    this.decidedAt = decidedAt;
    this.appId = appId;
    this.source = source;
  }
}

@ObjectType('AccessReviewItemConnection', { simpleResolvers: true, description: 'A page of the people of an access review.' })
export class AccessReviewItemConnection extends connectionOf(AccessReviewItem, 'person', (row: ReviewedPersonRow, parent: AccessReview) => new AccessReviewItem(row, parent)) {
  /** @param undecided whether the list has only the people on whom nobody has decided. */
  constructor(
    page: Page<ReviewedPersonRow>,
    parent: AccessReview,
    private readonly undecided: boolean,
  ) {
    super(page, parent);
  }

  @Field(() => Int, { description: 'Number of people in the list, on all pages.' })
  get totalCount(): number {
    const { reviewId, totalCount, source } = this.parent;
    return this.undecided ? source.models.accessReviews.undecidedCount(reviewId) : totalCount;
  }
}

@ObjectType('AccessReviewConnection', { simpleResolvers: true, description: 'A page of the access reviews of an app, latest first.' })
export class AccessReviewConnection extends connectionOf(AccessReview, 'review', (row: AccessReviewRow, source: ReadSource) => new AccessReview(row, source)) {}
