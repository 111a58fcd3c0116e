import { ArgsType, Field, Int } from 'type-graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type PageArguments } from '../projections/pageArguments';

/** The arguments of every list that comes in pages. */
@ArgsType()
export class PageArgs implements PageArguments {
  @Field(() => Int, { nullable: true, description: `How many from the beginning, or after "after": 0 to ${MAX_PAGE_SIZE}, ${DEFAULT_PAGE_SIZE} when nothing is said.` })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes after this cursor of the same list.' })
  readonly after?: string | null;

  @Field(() => Int, { nullable: true, description: `How many from the end, or before "before": 0 to ${MAX_PAGE_SIZE}. Not together with "first".` })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes before this cursor of the same list.' })
  readonly before?: string | null;
}
