import { createUnionType, Field, ID, ObjectType } from 'type-graphql';
import { Account } from './account';
import { MutationSuccess } from './mutationSuccess';
import { HasAssignedContacts, Rejection } from './refusals';
import { User } from './user';

@ObjectType('ChangeUserRoleSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The person has this role.' })
export class ChangeUserRoleSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The person in the app\'s user list.' })
  readonly user: User;
}

@ObjectType('RemoveUserSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The person has no access any more.' })
export class RemoveUserSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The person in the app\'s user list.' })
  readonly user: User;
}

@ObjectType('LeaveAppSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The viewer has left the app.' })
export class LeaveAppSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => ID, { description: 'The app that they left.' })
  readonly appId: string;
}

@ObjectType('SetAccountLabelSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The app has this name in the viewer\'s Account Central.' })
export class SetAccountLabelSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => Account, { description: 'The app in the viewer\'s Account Central.' })
  readonly account: Account;
}

export const ChangeUserRoleResult = createUnionType({
  name: 'ChangeUserRoleResult',
  description: 'What changing a role answers.',
  types: () => [ChangeUserRoleSuccess, Rejection] as const,
});

export const RemoveUserResult = createUnionType({
  name: 'RemoveUserResult',
  description: 'What removing somebody answers.',
  types: () => [RemoveUserSuccess, HasAssignedContacts, Rejection] as const,
});

export const LeaveAppResult = createUnionType({
  name: 'LeaveAppResult',
  description: 'What leaving an app answers.',
  types: () => [LeaveAppSuccess, HasAssignedContacts, Rejection] as const,
});

export const SetAccountLabelResult = createUnionType({
  name: 'SetAccountLabelResult',
  description: 'What naming an app answers.',
  types: () => [SetAccountLabelSuccess, Rejection] as const,
});
