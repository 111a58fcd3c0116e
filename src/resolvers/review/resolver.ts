import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { App } from '../app/types';
import { REVIEW_CHANGES } from '../../projections/accessReviews/queries';
import type { RequestContext } from '../context';
import { Actor, actorOf } from '../history/actor';
import { auditedPage, auditedRead } from '../shared/auditedRead';
import { PageArgs } from '../shared/connection';
import { paged } from '../shared/errors';
import { User } from '../user/types';
import { AccessReviewDifference, AccessReviewDifferenceConnection, AccessReviewDifferences, AccessReviewDifferencesArgs } from './differences';
import { AccessReview, AccessReviewConnection, AccessReviewItem, AccessReviewItemConnection } from './types';

@ArgsType()
class AccessReviewItemsArgs extends PageArgs {
  @Field(() => Boolean, { nullable: true, description: 'Whether to return only the people on whom nobody has decided.' })
  readonly undecided?: boolean | null;
}

/** Queries for access reviews. */
@Resolver()
export class AccessReviewQueriesResolver {
  @Query(() => AccessReviewConnection, { description: 'Access reviews of an app, latest first. Requires an active admin of the app, or the scope "auditor" or "operator".' })
  async accessReviews(@Arg('appId', () => ID, { description: 'Id of the app, for example gx624.' }) appId: string, @Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): Promise<AccessReviewConnection> {
    const { live, visibility } = context;
    visibility.requireReviews(appId);
    const reviews = paged(() => live.models.accessReviews.page(appId, page));
    if (visibility.readsAsAuditor(appId)) await context.recordRead(auditedRead('accessReviews', appId, auditedPage(page)));
    return new AccessReviewConnection(reviews, live);
  }

  @Query(() => AccessReview, { nullable: true, description: 'An access review by id. Null when it does not exist or the viewer may not see it.' })
  async accessReview(@Arg('reviewId', () => ID, { description: 'Id of the review.' }) reviewId: string, @Ctx() context: RequestContext): Promise<AccessReview | null> {
    const { live, visibility } = context;
    const row = live.models.accessReviews.byId(reviewId);
    if (!row || !visibility.seesReviews(row.appId)) return null;
    if (visibility.readsAsAuditor(row.appId)) await context.recordRead(auditedRead('accessReview', row.appId, { reviewId }));
    return new AccessReview(row, live);
  }
}

/** Fields of an access review that need a query of their own. */
@Resolver(() => AccessReview)
export class AccessReviewResolver {
  @FieldResolver(() => App, { description: 'The app whose users are reviewed.' })
  async app(@Root() { appId, source }: AccessReview): Promise<App> {
    const row = await source.apps.load(appId);
    if (!row) throw new Error(`The app ${appId} of an access review does not exist.`);
    return new App(row, source);
  }

  @FieldResolver(() => Actor, { description: 'Who started the review.' })
  startedBy(@Root() { appId, row: { startedBy, startedAs }, source }: AccessReview, @Ctx() { live, visibility }: RequestContext): Promise<Actor> {
    return actorOf({ appId, actorId: startedBy, kind: startedAs }, source, live, visibility.seesUsers(appId));
  }

  @FieldResolver(() => Actor, { nullable: true, description: 'Who finished the review. Null while it is open.' })
  async finishedBy(@Root() { appId, row: { finishedBy }, source }: AccessReview, @Ctx() { live, visibility }: RequestContext): Promise<Actor | null> {
    return finishedBy === null ? null : actorOf({ appId, actorId: finishedBy, kind: 'MEMBER' }, source, live, visibility.seesUsers(appId));
  }

  @FieldResolver(() => Int, { description: 'Number of people on whom somebody has decided.' })
  decidedCount(@Root() { reviewId, totalCount, source }: AccessReview): number {
    return totalCount - source.models.accessReviews.undecidedCount(reviewId);
  }

  @FieldResolver(() => AccessReview, { nullable: true, description: 'The latest review of the app that was finished when this one started. Null when there was none.' })
  previous(@Root() { row, source }: AccessReview): AccessReview | null {
    const previous = source.models.accessReviews.previousOf(row);
    return previous ? new AccessReview(previous, source) : null;
  }

  @FieldResolver(() => AccessReviewDifferences, { nullable: true, description: 'How the people of this review differ from those of the previous one. Null when there was none. Requires an active admin of the app or the scope "auditor".' })
  differences(@Root() review: AccessReview, @Ctx() context: RequestContext): AccessReviewDifferences | null {
    context.visibility.requireReviewedPeople(review.appId);
    const previous = review.source.models.accessReviews.previousOf(review.row);
    return previous ? new AccessReviewDifferences(review, previous) : null;
  }

  @FieldResolver(() => AccessReviewItemConnection, { description: 'The people in the review, in the order in which they joined the app. Requires an active admin of the app or the scope "auditor".' })
  async items(@Root() review: AccessReview, @Args(() => AccessReviewItemsArgs) { undecided, ...page }: AccessReviewItemsArgs, @Ctx() context: RequestContext): Promise<AccessReviewItemConnection> {
    const { appId, reviewId, source } = review;
    context.visibility.requireReviewedPeople(appId);
    const people = paged(() => source.models.accessReviews.people(reviewId, undecided === true, page));
    if (context.visibility.readsAsAuditor(appId)) await context.recordRead(auditedRead('accessReviewItems', appId, { reviewId, undecided: undecided === true ? 'true' : null, ...auditedPage(page) }));
    return new AccessReviewItemConnection(people, review, undecided === true);
  }
}

/** Fields of a person in an access review that need a query of their own. */
@Resolver(() => AccessReviewItem)
export class AccessReviewItemResolver {
  @FieldResolver(() => User, { description: 'The person as they are in the app now.' })
  async user(@Root() { appId, row: { userId }, source }: AccessReviewItem): Promise<User> {
    const row = await source.users.load({ appId, userId });
    if (!row) throw new Error(`The user ${userId} of an access review of ${appId} does not exist.`);
    return new User(row, source);
  }

  @FieldResolver(() => Actor, { nullable: true, description: 'Who decided. Null while nobody has decided.' })
  async decidedBy(@Root() { appId, row: { decidedBy }, source }: AccessReviewItem, @Ctx() { live }: RequestContext): Promise<Actor | null> {
    return decidedBy === null ? null : actorOf({ appId, actorId: decidedBy, kind: 'MEMBER' }, source, live);
  }

  @FieldResolver(() => Boolean, { description: 'Whether the person\'s access is another one now than the one that is reviewed: it has ended, or the role is another one.' })
  async changedSince(@Root() { appId, row: { userId, epoch, role, kind }, source }: AccessReviewItem): Promise<boolean> {
    const user = await source.users.load({ appId, userId });
    return user?.status !== 'ACTIVE' || user.epoch !== epoch || user.role !== role || user.kind !== kind;
  }

  @FieldResolver(() => Boolean, { description: 'Whether the decision `REMOVE` is carried out: the person has no access any more. `removeUser` carries it out.' })
  async carriedOut(@Root() { appId, decision, row: { userId }, source }: AccessReviewItem): Promise<boolean> {
    return decision === 'REMOVE' && (await source.users.load({ appId, userId }))?.status !== 'ACTIVE';
  }
}

/** Fields of the differences between two access reviews that need a query of their own. */
@Resolver(() => AccessReviewDifferences)
export class AccessReviewDifferencesResolver {
  @FieldResolver(() => AccessReviewDifferenceConnection, { description: 'The people who differ, each once: those of this review in its order, then those who are gone.' })
  async people(@Root() { review, previousRow }: AccessReviewDifferences, @Args(() => AccessReviewDifferencesArgs) { changes, ...page }: AccessReviewDifferencesArgs, @Ctx() context: RequestContext): Promise<AccessReviewDifferenceConnection> {
    const { appId, reviewId, source } = review;
    const wanted = changes ?? REVIEW_CHANGES;
    const people = paged(() => source.models.accessReviews.differences(reviewId, previousRow.reviewId, wanted, page));
    if (context.visibility.readsAsAuditor(appId)) await context.recordRead(auditedRead('accessReviewDifferences', appId, { reviewId, changes: [...new Set(wanted)], ...auditedPage(page) }));
    return new AccessReviewDifferenceConnection(people, review);
  }
}

/** Fields of a person who differs between two access reviews that need a query of their own. */
@Resolver(() => AccessReviewDifference)
export class AccessReviewDifferenceResolver {
  @FieldResolver(() => User, { description: 'The person as they are in the app now.' })
  async user(@Root() { appId, userId, source }: AccessReviewDifference): Promise<User> {
    const row = await source.users.load({ appId, userId });
    if (!row) throw new Error(`The user ${userId} of an access review of ${appId} does not exist.`);
    return new User(row, source);
  }
}
