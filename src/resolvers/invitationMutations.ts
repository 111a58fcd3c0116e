import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { AcceptInvitationInput, InvitationInput, InvitePartnerInput, InviteUserInput } from './invitationInputs';
import {
  AcceptInvitationResult, AcceptInvitationSuccess, DeclineInvitationResult, DeclineInvitationSuccess, InvitePartnerResult, InvitePartnerSuccess, InviteUserResult,
  InviteUserSuccess, ResendInvitationResult, ResendInvitationSuccess, RevokeInvitationResult, RevokeInvitationSuccess,
} from './invitationResults';
import { answerMutation } from './mutationAnswer';
import { AlreadyInvited, NO_FACTS, NoLicenceAvailable, RateLimited, WrongRecipient, type RefusalType } from './refusals';
import type { RequestContext } from './requestContext';
import { guarded } from './tokenGuesses';

const TO_A_PARTNER: readonly RefusalType<AlreadyInvited | RateLimited>[] = [AlreadyInvited, RateLimited];
const TO_A_USER: readonly RefusalType<AlreadyInvited | NoLicenceAvailable | RateLimited>[] = [AlreadyInvited, NoLicenceAvailable, RateLimited];
const TO_A_RESEND: readonly RefusalType<NoLicenceAvailable | RateLimited>[] = [NoLicenceAvailable, RateLimited];

/** An answer to an invitation. One that comes with a link's token may be a guess. */
const answered = <T>({ guesses }: RequestContext, { token }: AcceptInvitationInput, answer: () => Promise<T>): Promise<T> =>
  token == null ? answer() : guarded(guesses, answer);

/** The life of an invitation. */
@Resolver()
export class InvitationMutations {
  @Mutation(() => InvitePartnerResult, { description: 'Invites somebody to an app as a partner, who uses no licence. For admins of the app.' })
  invitePartner(
    @Arg('input', () => InvitePartnerInput, { description: 'Whom to invite, and to which app.' }) input: InvitePartnerInput,
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

  @Mutation(() => InviteUserResult, { description: 'Invites somebody to an app as a user and reserves a licence. For admins of the app.' })
  inviteUser(
    @Arg('input', () => InviteUserInput, { description: 'Whom to invite, and to which app.' }) input: InviteUserInput,
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

  @Mutation(() => ResendInvitationResult, { description: 'Sends an open or expired invitation again, with a new link and a new expiry. For admins of the app.' })
  resendInvitation(
    @Arg('input', () => InvitationInput, { description: 'Which invitation.' }) input: InvitationInput,
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

  @Mutation(() => RevokeInvitationResult, { description: 'Takes an open invitation back. For admins of the app.' })
  revokeInvitation(
    @Arg('input', () => InvitationInput, { description: 'Which invitation.' }) input: InvitationInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RevokeInvitationResult> {
    return answerMutation(
      context,
      (caller) => context.commands.revokeInvitation(caller, input),
      async (written) => written.success(RevokeInvitationSuccess, { user: await written.user(written.outcome.userId) }),
      NO_FACTS,
    );
  }

  @Mutation(() => AcceptInvitationResult, { description: 'Accepts an invitation addressed to the viewer. Doing it again gets the same answer.' })
  acceptInvitation(
    @Arg('input', () => AcceptInvitationInput, { description: 'Which invitation.' }) input: AcceptInvitationInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof AcceptInvitationResult> {
    return answerMutation(
      context,
      (caller) => answered(context, input, () => context.commands.acceptInvitation(caller, input)),
      async (written) => written.success(AcceptInvitationSuccess, { account: written.account(), user: await written.user(written.outcome.userId) }),
      [WrongRecipient],
    );
  }

  @Mutation(() => DeclineInvitationResult, { description: 'Declines an invitation addressed to the viewer.' })
  declineInvitation(
    @Arg('input', () => AcceptInvitationInput, { description: 'Which invitation.' }) input: AcceptInvitationInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof DeclineInvitationResult> {
    return answerMutation(
      context,
      (caller) => answered(context, input, () => context.commands.declineInvitation(caller, input)),
      (written) => written.success(DeclineInvitationSuccess, { appId: written.outcome.appId }),
      [WrongRecipient],
    );
  }
}
