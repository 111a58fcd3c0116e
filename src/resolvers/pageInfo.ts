import { Field, ObjectType } from 'type-graphql';
import type * as page from '../projections/page';

/** The GraphQL shape of `page.PageInfo`; rows come as plain objects of that shape. */
@ObjectType('PageInfo', { simpleResolvers: true, description: 'What stands before and after a page, and the cursors to go on with.' })
export class PageInfo implements page.PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether there is more before this page.' })
  readonly hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first entry of this page; null for an empty one.' })
  readonly startCursor: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last entry of this page; null for an empty one.' })
  readonly endCursor: string | null;
}
