import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { AssignContactsInput, AssignContactsResult, AssignContactsSuccess, ReassignContactsInput, ReassignContactsResult, ReassignContactsSuccess, UnassignContactsInput, UnassignContactsResult, UnassignContactsSuccess } from './types';
import { answerMutation } from '../mutation';
import type { RequestContext } from '../context';

/** Mutations about the assignment of contacts. */
@Resolver()
export class ContactMutations {
  @Mutation(() => AssignContactsResult, { description: 'Assigns contacts to a user or partner. A contact has one assignee in its app, so a contact assigned to another person is reassigned. Requires an active admin of the app.' })
  assignContacts(
    @Arg('input', () => AssignContactsInput, { description: 'The contacts to assign, and the assignee.' }) input: AssignContactsInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof AssignContactsResult> {
    return answerMutation(
      context,
      (caller) => context.commands.assignContacts(caller, input),
      async (written) => written.success(AssignContactsSuccess, { user: await written.user(written.outcome.userId), changed: written.outcome.changed }),
    );
  }

  @Mutation(() => UnassignContactsResult, { description: 'Removes the assignee of contacts. Requires an active admin of the app.' })
  unassignContacts(
    @Arg('input', () => UnassignContactsInput, { description: 'The contacts to unassign.' }) input: UnassignContactsInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof UnassignContactsResult> {
    return answerMutation(
      context,
      (caller) => context.commands.unassignContacts(caller, input),
      (written) => written.success(UnassignContactsSuccess, { changed: written.outcome.changed }),
    );
  }

  @Mutation(() => ReassignContactsResult, { description: 'Reassigns some or all contacts of one user to another. Requires an active admin of the app.' })
  reassignContacts(
    @Arg('input', () => ReassignContactsInput, { description: 'The current assignee, the new one, and the contacts to reassign.' }) input: ReassignContactsInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ReassignContactsResult> {
    return answerMutation(
      context,
      (caller) => context.commands.reassignContacts(caller, input),
      async (written) => {
        const { fromUserId, toUserId, changed } = written.outcome;
        return written.success(ReassignContactsSuccess, { fromUser: await written.user(fromUserId), toUser: await written.user(toUserId), changed });
      },
    );
  }
}
