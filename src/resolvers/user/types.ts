import type * as events from '../../domain/events';
import type * as rows from '../../projections/userList/rows';
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { UserRow, UserStatus as Status } from '../../projections/userList/rows';
import type { App } from '../app/types';
import { DateTimeISO, LogPosition, OrderDirection, UserKind, UserOrderField, UserRole, UserStatus } from '../shared/scalars';
import { globalIdOf } from '../shared/globalId';
import { connectionOf, Node, PageArgs } from '../shared/connection';
import type { ReadSource } from '../context';
import type { Page } from '../../projections/paging/page';

/** A user, read from `source`. Fields are copied in the constructor, so that lists need no resolver call for each of them. */
@ObjectType('User', { implements: Node, simpleResolvers: true, description: 'A person in an app, or invited to it: a user of the client\'s own team, or a partner.' })
export class User implements Node {
  @Field(() => ID, { nullable: true, description: 'Id of the person who signs in as this user: the same in every app, and the `actorId` of the events that they cause. Null until their first sign-in.' })
  readonly personId: string | null;

  @Field(() => ID, { description: 'Id of the user, unique within the app. A person who leaves and comes back keeps it.' })
  readonly userId: string;

  @Field(() => String, { description: 'Keap ID of the person, the e-mail address that they sign in with, as it was entered.' })
  readonly keapId: string;

  @Field(() => String, { nullable: true, description: 'Name of the person. Null when none is known.' })
  readonly name: string | null;

  @Field(() => UserKind, { description: 'Whether the person belongs to the client\'s own team or is a partner.' })
  readonly kind: events.UserKind;

  @Field(() => UserRole, { description: 'Role of the person, or the one that they get by accepting the invitation.' })
  readonly role: events.UserRole;

  @Field(() => UserStatus, { description: 'Status of the person in the app.' })
  readonly status: Status;

  @Field(() => Boolean, { description: 'Whether the person uses one of the app\'s licences. True for active users, and always false for partners.' })
  readonly usesLicence: boolean;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the person was last invited. Null for the owner of an app.' })
  readonly invitedAt: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the person last joined the app. Null until they join for the first time.' })
  readonly joinedAt: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the person\'s access or invitation ended. Null while it lasts.' })
  readonly endedAt: string | null;

  readonly appId: string;
  readonly row: UserRow;
  readonly invitedByUserId: string | null;
  readonly invitationId: string | null;

  /** Copies the row. @param app the user's app from the same source, when it is already loaded. */
  constructor(
    row: UserRow,
    readonly source: ReadSource,
    readonly app?: App,
  ) {
    this.personId = row.personId;
    this.userId = row.userId;
    this.keapId = row.keapId;
    this.name = row.name;
    this.kind = row.kind;
    this.role = row.role;
    this.status = row.status;
    this.usesLicence = row.kind === 'USER' && row.status === 'ACTIVE';
    this.invitedAt = row.invitedAt;
    this.joinedAt = row.joinedAt;
    this.endedAt = row.endedAt;
    this.appId = row.appId;
    this.row = row;
    this.invitedByUserId = row.invitedBy;
    this.invitationId = row.invitationId;
  }

  get id(): string {
    return globalIdOf('User', this.appId, this.userId, this.source.moment);
  }
}

/** The row of a user as it is shown to that person while they are no member: without what the app's admins entered about them. */
export const withoutFactsOfApp = (row: UserRow): UserRow => ({ ...row, name: null, invitedAt: null });

@ObjectType('StatusCount', { simpleResolvers: true, description: 'Number of users with a status.' })
export class StatusCount implements rows.StatusCountRow {
  @Field(() => UserStatus, { description: 'The status.' })
  readonly status: rows.UserStatus;

  @Field(() => Int, { description: 'Number of users with this status.' })
  readonly count: number;
}

@ObjectType('UserConnection', { simpleResolvers: true, description: 'A page of the user list of an app.' })
export class UserConnection extends connectionOf(User, 'user', (row: UserRow, app: App) => new User(row, app.source, app)) {
  @Field(() => LogPosition, { description: 'Log position up to which this list includes all changes.' })
  readonly position: string;

  /** Wraps a page. @param position the log position that the app's source had reached before the page was read. */
  constructor(
    page: Page<UserRow>,
    app: App,
    private readonly filter: rows.UserFilter,
    position: string,
  ) {
    super(page, app);
    this.position = position;
  }

  @Field(() => Int, { description: 'Number of users on all pages.' })
  get totalCount(): number | Promise<number> {
    return this.parent.source.models.userList.totalCount(this.parent.appId, this.filter);
  }

  @Field(() => [StatusCount], { description: 'Number of users by status, for the same filter without its `statuses`.' })
  get statusCounts(): readonly StatusCount[] | Promise<readonly StatusCount[]> {
    return this.parent.source.models.userList.statusCounts(this.parent.appId, this.filter);
  }
}

@InputType('UserFilter', { description: 'Criteria that a user must meet. All given criteria apply.' })
export class UserFilter implements rows.UserFilter {
  @Field(() => [UserStatus], { nullable: true, description: 'Only users with one of these statuses. `ACTIVE` and `INVITED` when omitted.' })
  readonly statuses?: readonly rows.UserStatus[] | null;

  @Field(() => [UserKind], { nullable: true, description: 'Only people of these kinds: users, partners or both.' })
  readonly kinds?: readonly events.UserKind[] | null;

  @Field(() => [UserRole], { nullable: true, description: 'Only people with one of these roles.' })
  readonly roles?: readonly events.UserRole[] | null;

  @Field(() => String, { nullable: true, description: 'Only people whose name or Keap ID contains this text. Case, accents and white space at its ends are ignored: `jose` finds José. At most 254 characters.' })
  readonly search?: string | null;
}

@InputType('UserOrder', { description: 'Order of a user list. Users with equal values are ordered by user id.' })
export class UserOrder implements rows.UserOrder {
  @Field(() => UserOrderField, { description: 'The field to sort by.' })
  readonly field: rows.UserOrderField;

  @Field(() => OrderDirection, { description: 'The direction to sort in. Users without a value come last in both directions.' })
  readonly direction: rows.OrderDirection;
}

/** The arguments of a user list. */
@ArgsType()
export class UsersArgs extends PageArgs {
  @Field(() => UserFilter, { nullable: true, description: 'Criteria that a user must meet. Active and invited users when omitted.' })
  readonly filter?: UserFilter | null;

  @Field(() => UserOrder, { nullable: true, description: 'Order of the list. By name, ascending, when omitted.' })
  readonly orderBy?: UserOrder | null;
}
