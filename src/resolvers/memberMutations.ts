import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { ChangeUserRoleInput, LeaveAppInput, RemoveUserInput, SetAccountLabelInput } from './memberInputs';
import {
  ChangeUserRoleResult, ChangeUserRoleSuccess, LeaveAppResult, LeaveAppSuccess, RemoveUserResult, RemoveUserSuccess, SetAccountLabelResult, SetAccountLabelSuccess,
} from './memberResults';
import { answerMutation } from './mutationAnswer';
import { HasAssignedContacts, NO_FACTS } from './refusals';
import type { RequestContext } from './requestContext';

/** What happens to people who are in an app. */
@Resolver()
export class MemberMutations {
  @Mutation(() => ChangeUserRoleResult, { description: 'Changes what somebody may do in an app, also while they are invited. For admins of the app.' })
  changeUserRole(
    @Arg('input', () => ChangeUserRoleInput, { description: 'Who, and the role.' }) input: ChangeUserRoleInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ChangeUserRoleResult> {
    return answerMutation(
      context,
      (caller) => context.commands.changeUserRole(caller, input),
      async (written) => written.success(ChangeUserRoleSuccess, { user: await written.user(written.outcome.userId) }),
      NO_FACTS,
    );
  }

  @Mutation(() => RemoveUserResult, { description: 'Takes the access of a user or partner away at once. For admins of the app.' })
  removeUser(
    @Arg('input', () => RemoveUserInput, { description: 'Who, and who gets their contacts.' }) input: RemoveUserInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RemoveUserResult> {
    return answerMutation(
      context,
      (caller) => context.commands.removeUser(caller, input),
      async (written) => written.success(RemoveUserSuccess, { user: await written.user(written.outcome.userId) }),
      [HasAssignedContacts],
    );
  }

  @Mutation(() => LeaveAppResult, { description: 'The viewer, a partner to whom no contact is assigned, leaves an app.' })
  leaveApp(
    @Arg('input', () => LeaveAppInput, { description: 'Which app, confirmed.' }) input: LeaveAppInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof LeaveAppResult> {
    return answerMutation(
      context,
      (caller) => context.commands.leaveApp(caller, input),
      (written) => written.success(LeaveAppSuccess, { appId: written.outcome.appId }),
      [HasAssignedContacts],
    );
  }

  @Mutation(() => SetAccountLabelResult, { description: 'Sets the viewer\'s own name for an app that they are in. Nobody else sees it.' })
  setAccountLabel(
    @Arg('input', () => SetAccountLabelInput, { description: 'Which app, and the name.' }) input: SetAccountLabelInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof SetAccountLabelResult> {
    return answerMutation(
      context,
      (caller) => context.commands.setAccountLabel(caller, input),
      (written) => written.success(SetAccountLabelSuccess, { account: written.account() }),
      NO_FACTS,
    );
  }
}
