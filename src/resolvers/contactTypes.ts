import { createUnionType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type * as wishes from '../application/commandTypes';
import { KeyedInput } from './keyedInput';
import { MutationSuccess } from './mutationSuccess';
import { Rejection } from './refusals';
import { User } from './user';

@InputType('AssignContactsInput', { description: 'Contacts for somebody to look after.' })
export class AssignContactsInput extends KeyedInput implements wishes.AssignContactsInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Who gets them; somebody active in the app.' })
  readonly userId: string;

  @Field(() => [ID], { description: 'The contacts: 1 to 1,000 ids of 1 to 200 characters.' })
  readonly contactIds: readonly string[];
}

@InputType('UnassignContactsInput', { description: 'Contacts that nobody looks after any more.' })
export class UnassignContactsInput extends KeyedInput implements wishes.UnassignContactsInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => [ID], { description: 'The contacts: 1 to 1,000 ids of 1 to 200 characters.' })
  readonly contactIds: readonly string[];
}

@InputType('ReassignContactsInput', { description: 'Contacts that go from one person to another.' })
export class ReassignContactsInput extends KeyedInput implements wishes.ReassignContactsInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Who has them.' })
  readonly fromUserId: string;

  @Field(() => ID, { description: 'Who gets them; somebody active in the app.' })
  readonly toUserId: string;

  @Field(() => [ID], { nullable: true, description: 'Which of them: 1 to 1,000 ids of 1 to 200 characters; all when left out.' })
  readonly contactIds?: readonly string[] | null;
}

@ObjectType('AssignContactsSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The contacts are assigned to this person.' })
export class AssignContactsSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'Who has them now.' })
  readonly user: User;

  @Field(() => Int, { description: 'How many of them were not assigned to this person before.' })
  readonly changed: number;
}

@ObjectType('UnassignContactsSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The contacts are assigned to nobody.' })
export class UnassignContactsSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => Int, { description: 'How many of them were assigned to somebody before.' })
  readonly changed: number;
}

@ObjectType('ReassignContactsSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The contacts have changed hands.' })
export class ReassignContactsSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'Who had them.' })
  readonly fromUser: User;

  @Field(() => User, { description: 'Who has them now.' })
  readonly toUser: User;

  @Field(() => Int, { description: 'How many have changed hands.' })
  readonly changed: number;
}

export const AssignContactsResult = createUnionType({
  name: 'AssignContactsResult',
  description: 'What assigning contacts answers.',
  types: () => [AssignContactsSuccess, Rejection] as const,
});

export const UnassignContactsResult = createUnionType({
  name: 'UnassignContactsResult',
  description: 'What unassigning contacts answers.',
  types: () => [UnassignContactsSuccess, Rejection] as const,
});

export const ReassignContactsResult = createUnionType({
  name: 'ReassignContactsResult',
  description: 'What reassigning contacts answers.',
  types: () => [ReassignContactsSuccess, Rejection] as const,
});
