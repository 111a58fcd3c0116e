import { Field, ID, Int, ObjectType } from 'type-graphql';
import type * as events from '../domain/events';
import type { AccountRow, ReceivedInvitationRow } from '../projections/accountCentralRows';
import type { Page, PageEdge } from '../projections/page';
import type { PersonKey } from '../projections/userListRows';
import { Account } from './account';
import { UserKind, UserRole } from './enums';
import { PageInfo } from './pageInfo';
import type { ReadSource } from './readSource';
import { DateTimeISO } from './scalars';

@ObjectType('AccountEdge', { simpleResolvers: true, description: 'An app in Account Central and its place in the list.' })
export class AccountEdge {
  @Field(() => Account, { description: 'The app in Account Central.' })
  readonly node: Account;

  constructor(
    private readonly edge: PageEdge<AccountRow>,
    source: ReadSource,
  ) {
    this.node = new Account(edge.node, source);
  }

  @Field(() => String, { description: 'Stands for this place in this list.' })
  get cursor(): string {
    return this.edge.cursor;
  }
}

@ObjectType('AccountConnection', { simpleResolvers: true, description: 'A page of the apps in Account Central.' })
export class AccountConnection {
  @Field(() => PageInfo, { description: 'What stands before and after this page.' })
  readonly pageInfo: PageInfo;

  constructor(
    private readonly page: Page<AccountRow>,
    private readonly person: PersonKey,
    private readonly source: ReadSource,
  ) {
    this.pageInfo = page.pageInfo;
  }

  @Field(() => [AccountEdge], { description: 'The apps of this page with their cursors.' })
  get edges(): AccountEdge[] {
    return this.page.edges.map((edge) => new AccountEdge(edge, this.source));
  }

  @Field(() => [Account], { description: 'The apps of this page.' })
  get nodes(): Account[] {
    return this.page.nodes.map((row) => new Account(row, this.source));
  }

  @Field(() => Int, { description: 'How many there are on all pages.' })
  get totalCount(): number {
    return this.source.models.accountCentral.accountCount(this.person);
  }
}

/** The GraphQL shape of a received invitation; rows come as plain objects of that shape. */
@ObjectType('ReceivedInvitation', { simpleResolvers: true, description: 'An open invitation addressed to the viewer.' })
export class ReceivedInvitation implements Omit<ReceivedInvitationRow, 'userId'> {
  @Field(() => ID, { description: 'The invitation\'s id within its app.' })
  readonly invitationId: string;

  @Field(() => ID, { description: 'The id of the app that it leads to.' })
  readonly appId: string;

  @Field(() => String, { description: 'How that app is shown everywhere.' })
  readonly accountName: string;

  @Field(() => UserRole, { description: 'What the viewer will be allowed to do.' })
  readonly role: events.UserRole;

  @Field(() => UserKind, { description: 'Whether the viewer is invited as a user or as a partner.' })
  readonly kind: events.UserKind;

  @Field(() => String, { nullable: true, description: 'Name or Keap ID of who invited; null for an import.' })
  readonly invitedBy: string | null;

  @Field(() => DateTimeISO, { description: 'From this moment on it can no longer be accepted.' })
  readonly expiresAt: string;
}

/** The viewer's Account Central, as `source` shows it. */
@ObjectType('AccountCentral', { description: 'Everything that the viewer has access to, in one place.' })
export class AccountCentral {
  constructor(
    readonly person: PersonKey,
    readonly source: ReadSource,
  ) {}
}
