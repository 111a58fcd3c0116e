import { createUnionType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { KeyedInput, MutationSuccess } from '../mutation';
import { Rejection } from '../refusals';
import { User } from '../user/types';
import type { AssignedContactRow } from '../../projections/assignedContacts/queries';
import { connectionOf } from '../shared/connection';
import { DateTimeISO } from '../shared/scalars';

@InputType('AssignContactsInput', { description: 'Contacts to assign to a user or partner.' })
export class AssignContactsInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Id of the new assignee, who must be active in the app.' })
  readonly userId: string;

  @Field(() => [ID], { description: 'Ids of the contacts: 1 to 1,000 ids of 1 to 200 visible characters each, without white space at the ends.' })
  readonly contactIds: readonly string[];
}

@InputType('UnassignContactsInput', { description: 'Contacts to unassign.' })
export class UnassignContactsInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => [ID], { description: 'Ids of the contacts: 1 to 1,000 ids of 1 to 200 characters each.' })
  readonly contactIds: readonly string[];
}

@InputType('ReassignContactsInput', { description: 'Contacts to reassign from one user to another.' })
export class ReassignContactsInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Id of the current assignee.' })
  readonly fromUserId: string;

  @Field(() => ID, { description: 'Id of the new assignee, who must be active in the app.' })
  readonly toUserId: string;

  @Field(() => [ID], { nullable: true, description: 'Ids of the contacts: 1 to 1,000 ids of 1 to 200 characters each. All contacts of the current assignee when omitted.' })
  readonly contactIds?: readonly string[] | null;
}

@ObjectType('AssignContactsSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The contacts are assigned to this user.' })
export class AssignContactsSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The user to whom the contacts are assigned now.' })
  readonly user: User;

  @Field(() => Int, { description: 'Number of contacts that were not assigned to this user before.' })
  readonly changed: number;
}

@ObjectType('UnassignContactsSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The contacts have no assignee.' })
export class UnassignContactsSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => Int, { description: 'Number of contacts that had an assignee before.' })
  readonly changed: number;
}

@ObjectType('ReassignContactsSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The contacts are assigned to the new assignee.' })
export class ReassignContactsSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The user to whom the contacts were assigned before.' })
  readonly fromUser: User;

  @Field(() => User, { description: 'The user to whom the contacts are assigned now.' })
  readonly toUser: User;

  @Field(() => Int, { description: 'Number of contacts whose assignee changed.' })
  readonly changed: number;
}

export const AssignContactsResult = createUnionType({
  name: 'AssignContactsResult',
  description: 'Result of `assignContacts`.',
  types: () => [AssignContactsSuccess, Rejection] as const,
});

export const UnassignContactsResult = createUnionType({
  name: 'UnassignContactsResult',
  description: 'Result of `unassignContacts`.',
  types: () => [UnassignContactsSuccess, Rejection] as const,
});

export const ReassignContactsResult = createUnionType({
  name: 'ReassignContactsResult',
  description: 'Result of `reassignContacts`.',
  types: () => [ReassignContactsSuccess, Rejection] as const,
});

/** The GraphQL type of an assigned contact. Rows are plain objects with the same fields. */
@ObjectType('AssignedContact', { simpleResolvers: true, description: 'A contact assigned to a user. A contact has at most one assignee in its app.' })
export class AssignedContact implements AssignedContactRow {
  @Field(() => ID, { description: 'Id of the contact, unique within its app.' })
  readonly contactId: string;

  @Field(() => DateTimeISO, { description: 'When the contact was assigned to this user.' })
  readonly assignedAt: string;
}

@ObjectType('AssignedContactConnection', { simpleResolvers: true, description: 'A page of the contacts assigned to a user.' })
export class AssignedContactConnection extends connectionOf<AssignedContactRow, AssignedContact, User>(AssignedContact, 'contact', (row) => row) {
  @Field(() => Int, { description: 'Number of contacts on all pages.' })
  totalCount(): Promise<number> {
    return this.parent.source.contactCounts.load(this.parent);
  }
}
