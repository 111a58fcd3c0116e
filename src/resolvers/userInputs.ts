import { ArgsType, Field, InputType } from 'type-graphql';
import type * as events from '../domain/events';
import type * as rows from '../projections/userListRows';
import { OrderDirection, UserKind, UserOrderField, UserRole, UserStatus } from './enums';
import { PageArgs } from './pageArgs';

@InputType('UserFilter', { description: 'Which people of an app are asked for. Every part that is given must hold.' })
export class UserFilter implements rows.UserFilter {
  @Field(() => [UserStatus], { nullable: true, description: 'Only those who stand here; when left out, Active or Invited.' })
  readonly statuses?: readonly rows.UserStatus[] | null;

  @Field(() => [UserKind], { nullable: true, description: 'Only users, or only partners.' })
  readonly kinds?: readonly events.UserKind[] | null;

  @Field(() => [UserRole], { nullable: true, description: 'Only those with one of these roles.' })
  readonly roles?: readonly events.UserRole[] | null;

  @Field(() => String, { nullable: true, description: 'Part of a name or a Keap ID, in any case; at most 254 characters.' })
  readonly search?: string | null;
}

@InputType('UserOrder', { description: 'What a user list is ordered by. Equal entries are ordered by user id.' })
export class UserOrder implements rows.UserOrder {
  @Field(() => UserOrderField, { description: 'By what.' })
  readonly field: rows.UserOrderField;

  @Field(() => OrderDirection, { description: 'Which end comes first. People for whom the value is missing come last either way.' })
  readonly direction: rows.OrderDirection;
}

/** The arguments of a user list. */
@ArgsType()
export class UsersArgs extends PageArgs {
  @Field(() => UserFilter, { nullable: true, description: 'Whom to list; when left out, who is Active or Invited.' })
  readonly filter?: UserFilter | null;

  @Field(() => UserOrder, { nullable: true, description: 'In which order; by name when left out.' })
  readonly orderBy?: UserOrder | null;
}
