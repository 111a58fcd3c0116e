import { Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { ProjectionDigestRow } from '../projections/projectionDigestRows';
import type { RequestContext } from './requestContext';
import { LogPosition } from './scalars';

@ObjectType('ProjectionDigest', { simpleResolvers: true, description: 'What a read model\'s rows are, as one digest. Two replicas or releases with the same digest at the same position have the same rows.' })
export class ProjectionDigest implements ProjectionDigestRow {
  @Field(() => String, { description: 'The read model.' })
  readonly projection: string;

  @Field(() => Int, { description: 'Which version of it fills the rows.' })
  readonly version: number;

  @Field(() => LogPosition, { description: 'Up to where it has seen the log.' })
  readonly position: string;

  @Field(() => Int, { description: 'Number of its rows.' })
  readonly rows: number;

  @Field(() => String, { description: 'SHA-256 over its tables, their columns and all rows in the order of their keys; 64 hex digits.' })
  readonly digest: string;
}

/** What shows that read models are what the log makes of them. */
@Resolver()
export class ProjectionDigestQueriesResolver {
  @Query(() => [ProjectionDigest], { description: 'A digest of each read model as it is now, made from all of its rows. For auditors and operators.' })
  async projectionDigests(@Ctx() context: RequestContext): Promise<readonly ProjectionDigest[]> {
    context.visibility.requireEveryApp('What shows the read models');
    return context.views.digests.all();
  }
}
