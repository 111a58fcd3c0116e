import type * as events from '../../domain/events';
import { Arg, createUnionType, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { UserRole } from '../shared/scalars';
import { answerMutation, KeyedInput, MutationSuccess } from '../mutation';
import { Account, AccountCentral } from '../account/types';
import { Invitation } from './types';
import { AlreadyInvited, NoLicenceAvailable, RateLimited, type RefusalType, Rejection, WrongRecipient } from '../refusals';
import { User } from '../user/types';
import { guarded, type RequestContext } from '../context';

@InputType('InvitePartnerInput', { description: 'A partner to invite to an app.' })
export class InvitePartnerInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => String, { description: 'Keap ID of the partner, an e-mail address. The invitation is sent to it.' })
  readonly keapId: string;

  @Field(() => UserRole, { description: 'Role that the invited person gets when they accept.' })
  readonly role: events.UserRole;

  @Field(() => String, { nullable: true, description: 'Name of the invited person: at most 200 characters.' })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'Why, for example a ticket: 1 to 500 characters. It stands in the history of the app and in the invitation message. It is not erased with a person, so name nobody in it.' })
  readonly reason?: string | null;
}

@InputType('InviteUserInput', { description: 'A member of the client\'s own team to invite to an app.' })
export class InviteUserInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => String, { description: 'Keap ID of the user, an e-mail address. The invitation is sent to it.' })
  readonly keapId: string;

  @Field(() => UserRole, { description: 'Role that the invited person gets when they accept.' })
  readonly role: events.UserRole;

  @Field(() => String, { nullable: true, description: 'Name of the invited person: at most 200 characters.' })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'Why, for example a ticket: 1 to 500 characters. It stands in the history of the app and in the invitation message. It is not erased with a person, so name nobody in it.' })
  readonly reason?: string | null;
}

@InputType('InvitationInput', { description: 'An invitation sent for an app.' })
export class InvitationInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Id of the invitation, unique within its app.' })
  readonly invitationId: string;
}

@InputType('AcceptInvitationInput', { description: 'An invitation that the viewer received, named in one of two ways: by `token`, or by `appId` and `invitationId`.' })
export class AcceptInvitationInput extends KeyedInput {
  @Field(() => String, { nullable: true, description: 'Token from the invitation link.' })
  readonly token?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the app, from `accountCentral.invitations`.' })
  readonly appId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the invitation, from `accountCentral.invitations`.' })
  readonly invitationId?: string | null;
}

@ObjectType('InvitePartnerSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The partner is invited.' })
class InvitePartnerSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The invited partner as listed in the app.' })
  readonly user: User;

  @Field(() => Invitation, { description: 'The invitation.' })
  readonly invitation: Invitation;
}

@ObjectType('InviteUserSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The user is invited, and a licence is reserved for them.' })
class InviteUserSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The invited user as listed in the app.' })
  readonly user: User;

  @Field(() => Invitation, { description: 'The invitation.' })
  readonly invitation: Invitation;
}

@ObjectType('ResendInvitationSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The invitation will be sent again with a new link. Older links no longer work.' })
class ResendInvitationSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The invited person as listed in the app.' })
  readonly user: User;

  @Field(() => Invitation, { description: 'The invitation.' })
  readonly invitation: Invitation;
}

@ObjectType('RevokeInvitationSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The invitation is revoked. Its link no longer works.' })
class RevokeInvitationSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The person as listed in the app.' })
  readonly user: User;
}

@ObjectType('AcceptInvitationSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The viewer accepted the invitation and has access to the app.' })
class AcceptInvitationSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The viewer as listed in the app.' })
  readonly user: User;

  @Field(() => Account, { description: 'The app as listed in the viewer\'s Account Central.' })
  readonly account: Account;

  @Field(() => AccountCentral, { description: 'Account Central of the viewer, with the app and without the invitation.' })
  readonly accountCentral: () => AccountCentral;
}

@ObjectType('DeclineInvitationSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The invitation is declined.' })
class DeclineInvitationSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => ID, { description: 'Id of the app that the viewer was invited to.' })
  readonly appId: string;

  @Field(() => AccountCentral, { description: 'Account Central of the viewer, without the invitation.' })
  readonly accountCentral: () => AccountCentral;
}

export const InvitePartnerResult = createUnionType({
  name: 'InvitePartnerResult',
  description: 'Result of `invitePartner`.',
  types: () => [InvitePartnerSuccess, AlreadyInvited, RateLimited, Rejection] as const,
});

export const InviteUserResult = createUnionType({
  name: 'InviteUserResult',
  description: 'Result of `inviteUser`.',
  types: () => [InviteUserSuccess, AlreadyInvited, NoLicenceAvailable, RateLimited, Rejection] as const,
});

export const ResendInvitationResult = createUnionType({
  name: 'ResendInvitationResult',
  description: 'Result of `resendInvitation`.',
  types: () => [ResendInvitationSuccess, NoLicenceAvailable, RateLimited, Rejection] as const,
});

export const RevokeInvitationResult = createUnionType({
  name: 'RevokeInvitationResult',
  description: 'Result of `revokeInvitation`.',
  types: () => [RevokeInvitationSuccess, Rejection] as const,
});

export const AcceptInvitationResult = createUnionType({
  name: 'AcceptInvitationResult',
  description: 'Result of `acceptInvitation`.',
  types: () => [AcceptInvitationSuccess, WrongRecipient, Rejection] as const,
});

export const DeclineInvitationResult = createUnionType({
  name: 'DeclineInvitationResult',
  description: 'Result of `declineInvitation`.',
  types: () => [DeclineInvitationSuccess, WrongRecipient, Rejection] as const,
});

const TO_A_PARTNER: readonly RefusalType<AlreadyInvited | RateLimited>[] = [AlreadyInvited, RateLimited];
const TO_A_USER: readonly RefusalType<AlreadyInvited | NoLicenceAvailable | RateLimited>[] = [AlreadyInvited, NoLicenceAvailable, RateLimited];
const TO_A_RESEND: readonly RefusalType<NoLicenceAvailable | RateLimited>[] = [NoLicenceAvailable, RateLimited];

/** Runs an answer to an invitation, and counts it against the limit of token guesses when it names a token. */
const answered = <T>({ guesses }: RequestContext, { token }: AcceptInvitationInput, answer: () => Promise<T>): Promise<T> =>
  token == null ? answer() : guarded(guesses, answer);

/** Mutations about invitations. */
@Resolver()
export class InvitationMutations {
  @Mutation(() => InvitePartnerResult, { description: 'Invites a person to an app as a partner. Partners use no licence. Requires an active admin of the app.' })
  invitePartner(
    @Arg('input', () => InvitePartnerInput, { description: 'The person to invite, and the app.' }) input: InvitePartnerInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof InvitePartnerResult> {
    return answerMutation(
      context,
      (caller) => context.commands.invitePartner(caller, input),
      async (written) =>
        written.success(InvitePartnerSuccess, { user: await written.user(written.outcome.userId), invitation: await written.invitation(written.outcome) }),
      TO_A_PARTNER,
    );
  }

  @Mutation(() => InviteUserResult, { description: 'Invites a person to an app as a user, and reserves a licence for them. Requires an active admin of the app.' })
  inviteUser(
    @Arg('input', () => InviteUserInput, { description: 'The person to invite, and the app.' }) input: InviteUserInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof InviteUserResult> {
    return answerMutation(
      context,
      (caller) => context.commands.inviteUser(caller, input),
      async (written) =>
        written.success(InviteUserSuccess, { user: await written.user(written.outcome.userId), invitation: await written.invitation(written.outcome) }),
      TO_A_USER,
    );
  }

  @Mutation(() => ResendInvitationResult, { description: 'Sends an open or expired invitation again with a new link and a new expiry time. Older links stop working. Requires an active admin of the app.' })
  resendInvitation(
    @Arg('input', () => InvitationInput, { description: 'The invitation.' }) input: InvitationInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ResendInvitationResult> {
    return answerMutation(
      context,
      (caller) => context.commands.resendInvitation(caller, input),
      async (written) =>
        written.success(ResendInvitationSuccess, { user: await written.user(written.outcome.userId), invitation: await written.invitation(written.outcome) }),
      TO_A_RESEND,
    );
  }

  @Mutation(() => RevokeInvitationResult, { description: 'Revokes an open invitation, so that it cannot be accepted. Requires an active admin of the app.' })
  revokeInvitation(
    @Arg('input', () => InvitationInput, { description: 'The invitation.' }) input: InvitationInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RevokeInvitationResult> {
    return answerMutation(
      context,
      (caller) => context.commands.revokeInvitation(caller, input),
      async (written) => written.success(RevokeInvitationSuccess, { user: await written.user(written.outcome.userId) }),
    );
  }

  @Mutation(() => AcceptInvitationResult, { description: 'Accepts an invitation addressed to the viewer, by the token of its link or by id from Account Central. Accepting it again returns the same result.' })
  acceptInvitation(
    @Arg('input', () => AcceptInvitationInput, { description: 'The invitation.' }) input: AcceptInvitationInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof AcceptInvitationResult> {
    return answerMutation(
      context,
      (caller) => answered(context, input, () => context.commands.acceptInvitation(caller, input)),
      async (written) => written.success(AcceptInvitationSuccess, { account: written.account(), user: await written.user(written.outcome.userId), accountCentral: () => written.accountCentral() }),
      [WrongRecipient],
    );
  }

  @Mutation(() => DeclineInvitationResult, { description: 'Declines an invitation addressed to the viewer, by the token of its link or by id from Account Central.' })
  declineInvitation(
    @Arg('input', () => AcceptInvitationInput, { description: 'The invitation.' }) input: AcceptInvitationInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof DeclineInvitationResult> {
    return answerMutation(
      context,
      (caller) => answered(context, input, () => context.commands.declineInvitation(caller, input)),
      (written) => written.success(DeclineInvitationSuccess, { appId: written.outcome.appId, accountCentral: () => written.accountCentral() }),
      [WrongRecipient],
    );
  }
}
