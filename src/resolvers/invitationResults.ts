import { createUnionType, Field, ID, ObjectType } from 'type-graphql';
import { Account } from './account';
import { Invitation } from './invitation';
import { MutationSuccess } from './mutationSuccess';
import { AlreadyInvited, NoLicenceAvailable, RateLimited, Rejection, WrongRecipient } from './refusals';
import { User } from './user';

@ObjectType('InvitePartnerSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The partner was invited.' })
export class InvitePartnerSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The invited partner in the app\'s user list.' })
  readonly user: User;

  @Field(() => Invitation, { description: 'The invitation.' })
  readonly invitation: Invitation;
}

@ObjectType('InviteUserSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The user was invited, and a licence is reserved.' })
export class InviteUserSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The invited user in the app\'s user list.' })
  readonly user: User;

  @Field(() => Invitation, { description: 'The invitation.' })
  readonly invitation: Invitation;
}

@ObjectType('ResendInvitationSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The invitation is on its way again, with a new link. Older links no longer work.' })
export class ResendInvitationSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The invited person in the app\'s user list.' })
  readonly user: User;

  @Field(() => Invitation, { description: 'The invitation.' })
  readonly invitation: Invitation;
}

@ObjectType('RevokeInvitationSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The invitation was taken back.' })
export class RevokeInvitationSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The person in the app\'s user list.' })
  readonly user: User;
}

@ObjectType('AcceptInvitationSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The viewer is in the app.' })
export class AcceptInvitationSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The viewer in the app\'s user list.' })
  readonly user: User;

  @Field(() => Account, { description: 'The app in the viewer\'s Account Central.' })
  readonly account: Account;
}

@ObjectType('DeclineInvitationSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The invitation was declined.' })
export class DeclineInvitationSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => ID, { description: 'The app that it led to.' })
  readonly appId: string;
}

export const InvitePartnerResult = createUnionType({
  name: 'InvitePartnerResult',
  description: 'What inviting a partner answers.',
  types: () => [InvitePartnerSuccess, AlreadyInvited, RateLimited, Rejection] as const,
});

export const InviteUserResult = createUnionType({
  name: 'InviteUserResult',
  description: 'What inviting a user answers.',
  types: () => [InviteUserSuccess, AlreadyInvited, NoLicenceAvailable, RateLimited, Rejection] as const,
});

export const ResendInvitationResult = createUnionType({
  name: 'ResendInvitationResult',
  description: 'What sending an invitation again answers.',
  types: () => [ResendInvitationSuccess, NoLicenceAvailable, RateLimited, Rejection] as const,
});

export const RevokeInvitationResult = createUnionType({
  name: 'RevokeInvitationResult',
  description: 'What taking an invitation back answers.',
  types: () => [RevokeInvitationSuccess, Rejection] as const,
});

export const AcceptInvitationResult = createUnionType({
  name: 'AcceptInvitationResult',
  description: 'What accepting an invitation answers.',
  types: () => [AcceptInvitationSuccess, WrongRecipient, Rejection] as const,
});

export const DeclineInvitationResult = createUnionType({
  name: 'DeclineInvitationResult',
  description: 'What declining an invitation answers.',
  types: () => [DeclineInvitationSuccess, WrongRecipient, Rejection] as const,
});
