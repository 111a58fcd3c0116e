import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import {
  AssignContactsInput, AssignContactsResult, AssignContactsSuccess, ReassignContactsInput, ReassignContactsResult, ReassignContactsSuccess, UnassignContactsInput,
  UnassignContactsResult, UnassignContactsSuccess,
} from './contactTypes';
import { answerMutation } from './mutationAnswer';
import { NO_FACTS } from './refusals';
import type { RequestContext } from './requestContext';

/** Who looks after which contacts. */
@Resolver()
export class ContactMutations {
  @Mutation(() => AssignContactsResult, { description: 'Assigns contacts to somebody; a contact that another person has goes over to them. For admins of the app.' })
  assignContacts(
    @Arg('input', () => AssignContactsInput, { description: 'Which contacts, and to whom.' }) input: AssignContactsInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof AssignContactsResult> {
    return answerMutation(
      context,
      (caller) => context.commands.assignContacts(caller, input),
      async (written) => written.success(AssignContactsSuccess, { user: await written.user(written.outcome.userId), changed: written.outcome.changed }),
      NO_FACTS,
    );
  }

  @Mutation(() => UnassignContactsResult, { description: 'Takes contacts from whoever has them. For admins of the app.' })
  unassignContacts(
    @Arg('input', () => UnassignContactsInput, { description: 'Which contacts.' }) input: UnassignContactsInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof UnassignContactsResult> {
    return answerMutation(
      context,
      (caller) => context.commands.unassignContacts(caller, input),
      (written) => written.success(UnassignContactsSuccess, { changed: written.outcome.changed }),
      NO_FACTS,
    );
  }

  @Mutation(() => ReassignContactsResult, { description: 'Hands some or all contacts of one person over to another. For admins of the app.' })
  reassignContacts(
    @Arg('input', () => ReassignContactsInput, { description: 'From whom, to whom, and which contacts.' }) input: ReassignContactsInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ReassignContactsResult> {
    return answerMutation(
      context,
      (caller) => context.commands.reassignContacts(caller, input),
      async (written) => {
        const { fromUserId, toUserId, changed } = written.outcome;
        return written.success(ReassignContactsSuccess, { fromUser: await written.user(fromUserId), toUser: await written.user(toUserId), changed });
      },
      NO_FACTS,
    );
  }
}
