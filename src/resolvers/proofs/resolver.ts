import { Arg, Args, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { NotProvable } from '../../proofs/queries';
import { Checkpoint, CheckpointConnection, ConsistencyProof, InclusionProof } from './types';
import { PageArgs } from '../shared/connection';
import type { RequestContext } from '../context';
import { badUserInput, paged } from '../shared/errors';
import { LogPosition } from '../shared/scalars';
import type { ProjectionDigestRow } from '../../projections/digest/queries';

/** Queries with which an auditor can prove, without trusting this service, that no event was changed, removed or inserted later. */
@Resolver()
export class ProofQueriesResolver {
  @Query(() => CheckpointConnection, { description: 'The signed checkpoints of the log, oldest first. Requires the scope "auditor" or "operator".' })
  checkpoints(@Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): CheckpointConnection {
    context.visibility.requireEveryApp('The proofs of the log');
    return new CheckpointConnection(paged(() => context.readModels.proofs.page(page)), null);
  }

  @Query(() => Checkpoint, { nullable: true, description: 'The signed checkpoint that covers the most events. Null while there is none. Requires the scope "auditor" or "operator".' })
  latestCheckpoint(@Ctx() context: RequestContext): Checkpoint | null {
    context.visibility.requireEveryApp('The proofs of the log');
    return context.readModels.proofs.latest() ?? null;
  }

  @Query(() => InclusionProof, { description: 'Proof that an event is part of the log that a checkpoint covers. Requires the scope "auditor" or "operator".' })
  inclusionProof(
    @Arg('position', () => LogPosition, { description: 'Log position of the event.' }) position: string,
    @Arg('checkpoint', () => LogPosition, { description: 'Log position of the checkpoint.' }) checkpoint: string,
    @Ctx() context: RequestContext,
  ): InclusionProof {
    context.visibility.requireEveryApp('The proofs of the log');
    return provable(() => context.readModels.proofs.inclusion(position, checkpoint));
  }

  @Query(() => ConsistencyProof, { description: 'Proof that the log of a later checkpoint extends the log of an earlier one without changing it. Requires the scope "auditor" or "operator".' })
  consistencyProof(
    @Arg('from', () => LogPosition, { description: 'Log position of the earlier checkpoint.' }) from: string,
    @Arg('to', () => LogPosition, { description: 'Log position of the later checkpoint.' }) to: string,
    @Ctx() context: RequestContext,
  ): ConsistencyProof {
    context.visibility.requireEveryApp('The proofs of the log');
    return provable(() => context.readModels.proofs.consistency(from, to));
  }
}

/** Returns the proof. @throws GraphQLError `BAD_USER_INPUT` when there is no such proof. */
function provable<T>(prove: () => T): T {
  try {
    return prove();
  } catch (error) {
    if (error instanceof NotProvable) throw badUserInput(error.message);
    throw error;
  }
}

@ObjectType('ProjectionDigest', { simpleResolvers: true, description: 'A digest of all rows of a read model. Two replicas or releases with the same digest at the same position have the same rows.' })
export class ProjectionDigest implements ProjectionDigestRow {
  @Field(() => String, { description: 'Name of the read model.' })
  readonly projection: string;

  @Field(() => Int, { description: 'Version of the read model.' })
  readonly version: number;

  @Field(() => LogPosition, { description: 'Log position up to which the read model has applied events.' })
  readonly position: string;

  @Field(() => Int, { description: 'Number of rows in the read model.' })
  readonly rows: number;

  @Field(() => String, { description: 'SHA-256 over the tables, their columns and all rows in key order, as 64 hex digits.' })
  readonly digest: string;
}

/** Queries that compare the read models of replicas and releases. */
@Resolver()
export class ProjectionDigestQueriesResolver {
  @Query(() => [ProjectionDigest], { description: 'A digest of each read model as it is now, computed from all of its rows. Requires the scope "auditor" or "operator".' })
  async projectionDigests(@Ctx() context: RequestContext): Promise<readonly ProjectionDigest[]> {
    context.visibility.requireEveryApp('The digests of the read models');
    return context.readModels.digests.all();
  }
}
