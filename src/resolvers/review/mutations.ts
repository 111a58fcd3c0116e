import { Arg, createUnionType, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type * as review from '../../domain/reviews/events';
import type { RequestContext } from '../context';
import { answerMutation, KeyedInput, MutationSuccess } from '../mutation';
import { Rejection } from '../refusals';
import { AccessDecision, DateTimeISO } from '../shared/scalars';
import { AccessReview } from './types';

@InputType('StartAccessReviewInput', { description: 'The app whose users are reviewed.' })
export class StartAccessReviewInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => String, { nullable: true, description: 'What the review is for: 1 to 500 characters, for example "Quarter 2". It is not erased with a person, so name nobody in it.' })
  readonly note?: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the review is to be finished, in the future.' })
  readonly dueAt?: string | null;
}

@InputType('DecideAccessInput', { description: 'People of an access review, and what is decided about them.' })
export class DecideAccessInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the review.' })
  readonly reviewId: string;

  @Field(() => [ID], { description: 'Ids of 1 to 200 people of the review. The viewer may not be among them.' })
  readonly userIds: readonly string[];

  @Field(() => AccessDecision, { description: 'What is decided. It replaces what was decided before.' })
  readonly decision: review.AccessDecision;

  @Field(() => String, { nullable: true, description: 'Remark on the decision: 1 to 500 characters. It is erased with the person it is about, so name nobody else in it.' })
  readonly remark?: string | null;
}

@InputType('FinishAccessReviewInput', { description: 'The access review to finish.' })
export class FinishAccessReviewInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the review.' })
  readonly reviewId: string;
}

@ObjectType('StartAccessReviewSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The review is open.' })
class StartAccessReviewSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => AccessReview, { description: 'The review.' })
  readonly review: AccessReview;
}

@ObjectType('DecideAccessSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The decision is recorded.' })
class DecideAccessSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => AccessReview, { description: 'The review.' })
  readonly review: AccessReview;
}

@ObjectType('FinishAccessReviewSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The review is finished. Nothing in it changes any more.' })
class FinishAccessReviewSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => AccessReview, { description: 'The review.' })
  readonly review: AccessReview;
}

export const StartAccessReviewResult = createUnionType({
  name: 'StartAccessReviewResult',
  description: 'Result of `startAccessReview`.',
  types: () => [StartAccessReviewSuccess, Rejection] as const,
});

export const DecideAccessResult = createUnionType({
  name: 'DecideAccessResult',
  description: 'Result of `decideAccess`.',
  types: () => [DecideAccessSuccess, Rejection] as const,
});

export const FinishAccessReviewResult = createUnionType({
  name: 'FinishAccessReviewResult',
  description: 'Result of `finishAccessReview`.',
  types: () => [FinishAccessReviewSuccess, Rejection] as const,
});

/** Mutations about access reviews. */
@Resolver()
export class AccessReviewMutations {
  @Mutation(() => StartAccessReviewResult, { description: 'Starts an access review of everybody who has access to an app now. Requires an active admin of the app, or the scope "auditor" or "operator".' })
  startAccessReview(
    @Arg('input', () => StartAccessReviewInput, { description: 'The app, a note, and a due time.' }) input: StartAccessReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof StartAccessReviewResult> {
    return answerMutation(context, (caller) => context.commands.startAccessReview(caller, input), (written) => written.success(StartAccessReviewSuccess, { review: written.accessReview() }));
  }

  @Mutation(() => DecideAccessResult, { description: 'Decides on people in an access review. It changes nobody\'s access. Requires an active admin of the app, who does not decide on themselves.' })
  decideAccess(
    @Arg('input', () => DecideAccessInput, { description: 'The review, the people, and the decision.' }) input: DecideAccessInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof DecideAccessResult> {
    return answerMutation(context, (caller) => context.commands.decideAccess(caller, input), (written) => written.success(DecideAccessSuccess, { review: written.accessReview() }));
  }

  @Mutation(() => FinishAccessReviewResult, { description: 'Signs an access review off, in which everybody is decided on. Decisions to remove somebody are carried out by `removeUser`, not by this. Requires an active admin of the app.' })
  finishAccessReview(
    @Arg('input', () => FinishAccessReviewInput, { description: 'The review.' }) input: FinishAccessReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof FinishAccessReviewResult> {
    return answerMutation(context, (caller) => context.commands.finishAccessReview(caller, input), (written) => written.success(FinishAccessReviewSuccess, { review: written.accessReview() }));
  }
}
