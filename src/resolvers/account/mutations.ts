import { Arg, createUnionType, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { answerMutation, KeyedInput, MutationSuccess } from '../mutation';
import { Rejection } from '../refusals';
import type { RequestContext } from '../context';

@InputType('ReleaseKeapIdInput', { description: 'The Keap ID to release.' })
export class ReleaseKeapIdInput extends KeyedInput {
  @Field(() => String, { description: 'Keap ID to release.' })
  readonly keapId: string;
}

@ObjectType('ReleaseKeapIdSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The Keap ID was released. It belongs to the next person who signs in with it.' })
class ReleaseKeapIdSuccess implements MutationSuccess {
  readonly position: string;
}

export const ReleaseKeapIdResult = createUnionType({
  name: 'ReleaseKeapIdResult',
  description: 'Result of `releaseKeapId`.',
  types: () => [ReleaseKeapIdSuccess, Rejection] as const,
});

/** Mutations about Keap IDs, for operators. */
@Resolver()
export class KeapIdMutations {
  @Mutation(() => ReleaseKeapIdResult, {
    description: 'Takes a Keap ID from the sign-in that holds it, whose tokens from before no longer give it. A new owner holds it by signing in. The previous owner keeps their memberships. Requires the scope "operator".',
  })
  releaseKeapId(
    @Arg('input', () => ReleaseKeapIdInput, { description: 'The Keap ID to release.' }) input: ReleaseKeapIdInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ReleaseKeapIdResult> {
    return answerMutation(
      context,
      (caller) => context.commands.releaseKeapId(caller, input),
      (written) => written.success(ReleaseKeapIdSuccess, {}),
    );
  }
}
