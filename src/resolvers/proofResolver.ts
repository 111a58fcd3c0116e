import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import { NotProvable } from '../proofs/proofQueries';
import { Checkpoint, CheckpointConnection, ConsistencyProof, InclusionProof } from './checkpoint';
import { PageArgs } from './pageArgs';
import type { RequestContext } from './requestContext';
import { badUserInput, paged } from './requestErrors';
import { LogPosition } from './scalars';

/** What lets an auditor prove, without trusting this service, that nothing in the log was changed, left out or added later. */
@Resolver()
export class ProofQueriesResolver {
  @Query(() => CheckpointConnection, { description: 'The signed checkpoints of the log, for auditors and operators.' })
  checkpoints(@Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): CheckpointConnection {
    context.visibility.requireEveryApp('What proves the log');
    return new CheckpointConnection(paged(() => context.views.proofs.page(page)));
  }

  @Query(() => Checkpoint, { nullable: true, description: 'The signed checkpoint over the most events; null while there is none. For auditors and operators.' })
  latestCheckpoint(@Ctx() context: RequestContext): Checkpoint | null {
    context.visibility.requireEveryApp('What proves the log');
    return context.views.proofs.latest() ?? null;
  }

  @Query(() => InclusionProof, { description: 'Proves that an event stands in the log of a checkpoint. For auditors and operators.' })
  inclusionProof(
    @Arg('position', () => LogPosition, { description: 'The event\'s position.' }) position: string,
    @Arg('checkpoint', () => LogPosition, { description: 'The checkpoint\'s position.' }) checkpoint: string,
    @Ctx() context: RequestContext,
  ): InclusionProof {
    context.visibility.requireEveryApp('What proves the log');
    return provable(() => context.views.proofs.inclusion(position, checkpoint));
  }

  @Query(() => ConsistencyProof, { description: 'Proves that the log of one checkpoint begins with that of an earlier one. For auditors and operators.' })
  consistencyProof(
    @Arg('from', () => LogPosition, { description: 'The earlier checkpoint\'s position.' }) from: string,
    @Arg('to', () => LogPosition, { description: 'The later checkpoint\'s position.' }) to: string,
    @Ctx() context: RequestContext,
  ): ConsistencyProof {
    context.visibility.requireEveryApp('What proves the log');
    return provable(() => context.views.proofs.consistency(from, to));
  }
}

/** What `prove` gives. @throws GraphQLError `BAD_USER_INPUT` where there is no such proof. */
function provable<T>(prove: () => T): T {
  try {
    return prove();
  } catch (error) {
    if (error instanceof NotProvable) throw badUserInput(error.message);
    throw error;
  }
}
