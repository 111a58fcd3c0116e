import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { AssignedContactRow } from '../projections/assignedContactsRows';
import type { Page } from '../projections/page';
import type { UserKey } from '../projections/userListRows';
import { PageInfo } from './pageInfo';
import type { ReadSource } from './readSource';
import { DateTimeISO } from './scalars';

/** The GraphQL shape of an assigned contact; rows come as plain objects of that shape. */
@ObjectType('AssignedContact', { simpleResolvers: true, description: 'A contact that a user looks after. A contact has one assignee in its app.' })
export class AssignedContact implements AssignedContactRow {
  @Field(() => ID, { description: 'The contact\'s id in the app.' })
  readonly contactId: string;

  @Field(() => DateTimeISO, { description: 'Since when this user has it.' })
  readonly assignedAt: string;
}

@ObjectType('AssignedContactEdge', { simpleResolvers: true, description: 'An assigned contact and its place in the list.' })
export class AssignedContactEdge {
  @Field(() => String, { description: 'Stands for this place in this list.' })
  readonly cursor: string;

  @Field(() => AssignedContact, { description: 'The contact.' })
  readonly node: AssignedContact;
}

@ObjectType('AssignedContactConnection', { simpleResolvers: true, description: 'A page of the contacts that a user looks after.' })
export class AssignedContactConnection {
  @Field(() => PageInfo, { description: 'What stands before and after this page.' })
  readonly pageInfo: PageInfo;

  constructor(
    private readonly page: Page<AssignedContactRow>,
    private readonly user: UserKey,
    private readonly source: ReadSource,
  ) {
    this.pageInfo = page.pageInfo;
  }

  @Field(() => [AssignedContactEdge], { description: 'The contacts of this page with their cursors.' })
  get edges(): readonly AssignedContactEdge[] {
    return this.page.edges;
  }

  @Field(() => [AssignedContact], { description: 'The contacts of this page.' })
  get nodes(): readonly AssignedContact[] {
    return this.page.nodes;
  }

  @Field(() => Int, { description: 'How many there are on all pages.' })
  totalCount(): Promise<number> {
    return this.source.contactCounts.load(this.user);
  }
}
