import { Arg, createUnionType, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type * as wishes from '../application/commandTypes';
import { KeyedInput } from './keyedInput';
import { answerMutation } from './mutationAnswer';
import { MutationSuccess } from './mutationSuccess';
import { NO_FACTS, Rejection } from './refusals';
import type { RequestContext } from './requestContext';

@InputType('ReleaseKeapIdInput', { description: 'A Keap ID that has gone to somebody else.' })
export class ReleaseKeapIdInput extends KeyedInput implements wishes.ReleaseKeapIdInput {
  @Field(() => String, { description: 'The Keap ID.' })
  readonly keapId: string;
}

@ObjectType('ReleaseKeapIdSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The Keap ID is nobody\'s until somebody accepts an invitation with it.' })
export class ReleaseKeapIdSuccess implements MutationSuccess {
  readonly position: string;
}

export const ReleaseKeapIdResult = createUnionType({
  name: 'ReleaseKeapIdResult',
  description: 'What releasing a Keap ID answers.',
  types: () => [ReleaseKeapIdSuccess, Rejection] as const,
});

/** What operators do with Keap IDs. */
@Resolver()
export class KeapIdMutations {
  @Mutation(() => ReleaseKeapIdResult, {
    description: 'Takes a Keap ID from the sign-in that it is bound to, for its new owner. Whoever held it keeps their memberships. Needs the scope "operator".',
  })
  releaseKeapId(
    @Arg('input', () => ReleaseKeapIdInput, { description: 'The Keap ID.' }) input: ReleaseKeapIdInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ReleaseKeapIdResult> {
    return answerMutation(
      context,
      (caller) => context.commands.releaseKeapId(caller, input),
      (written) => written.success(ReleaseKeapIdSuccess, {}),
      NO_FACTS,
    );
  }
}
