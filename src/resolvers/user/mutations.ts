import type * as events from '../../domain/events';
import { Arg, createUnionType, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { UserRole } from '../shared/scalars';
import { answerMutation, KeyedInput, MutationSuccess } from '../mutation';
import { Account, AccountCentral } from '../account/types';
import { HasAssignedContacts, NoLicenceAvailable, Rejection } from '../refusals';
import { User } from './types';
import type { RequestContext } from '../context';

@InputType('ChangeUserRoleInput', { description: 'The new role of a user, and why.' })
export class ChangeUserRoleInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Id of the user whose role changes, unique within the app.' })
  readonly userId: string;

  @Field(() => UserRole, { description: 'The new role.' })
  readonly role: events.UserRole;

  @Field(() => String, { nullable: true, description: 'Why, for example a ticket: 1 to 500 characters. It stands in the history of the app. It is not erased with a person, so name nobody in it.' })
  readonly reason?: string | null;
}

@InputType('RemoveUserInput', { description: 'The user or partner to remove, who gets their contacts, and why.' })
export class RemoveUserInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Id of the user to remove, unique within the app.' })
  readonly userId: string;

  @Field(() => ID, { nullable: true, description: 'Id of another active user of the app, to whom the contacts of the removed user are reassigned. Required when the user has contacts.' })
  readonly reassignContactsTo?: string | null;

  @Field(() => String, { nullable: true, description: 'Why, for example a ticket: 1 to 500 characters. It stands in the history of the app. It is not erased with a person, so name nobody in it.' })
  readonly reason?: string | null;
}

@InputType('LeaveAppInput', { description: 'The app to leave, with a confirmation.' })
export class LeaveAppInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => ID, { description: 'The same app id again, as confirmation.' })
  readonly confirmAppId: string;
}

@InputType('SetAccountLabelInput', { description: 'The viewer\'s own name for an app.' })
export class SetAccountLabelInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => String, { description: 'The new label: 1 to 100 characters.' })
  readonly label: string;
}

@InputType('AppointAdminInput', { description: 'The person to appoint as an admin, and why.' })
export class AppointAdminInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => String, { description: 'Keap ID of the person. Unless they are an active user of the app, the first sign-in with this address is the new admin.' })
  readonly keapId: string;

  @Field(() => String, { nullable: true, description: 'Name of the person: at most 200 characters.' })
  readonly name?: string | null;

  @Field(() => String, { description: 'Why: 1 to 500 characters, for example a ticket. It stands in the history of the app and in the message to its admins. It is not erased with a person, so name nobody in it.' })
  readonly reason: string;
}

@InputType('RebindUserInput', { description: 'The member whose sign-in was lost or issued anew, and why.' })
export class RebindUserInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Id of the member, unique within the app.' })
  readonly userId: string;

  @Field(() => String, { description: 'Keap ID that the person signs in with from now on. The next sign-in with this address is the member.' })
  readonly keapId: string;

  @Field(() => String, { description: 'Why: 1 to 500 characters, for example a ticket. It stands in the history of the app and in the message to its admins. It is not erased with a person, so name nobody in it.' })
  readonly reason: string;
}

@ObjectType('AppointAdminSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The person is an active user with the role `ADMIN`.' })
class AppointAdminSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The person as listed in the app.' })
  readonly user: User;
}

@ObjectType('RebindUserSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The next sign-in with the Keap ID is this member. The sign-in before has no access any more.' })
class RebindUserSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The member as listed in the app.' })
  readonly user: User;
}

@ObjectType('ChangeUserRoleSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The user has the new role.' })
class ChangeUserRoleSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The person as listed in the app.' })
  readonly user: User;
}

@ObjectType('RemoveUserSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The person no longer has access to the app.' })
class RemoveUserSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => User, { description: 'The person as listed in the app.' })
  readonly user: User;

  @Field(() => User, { nullable: true, description: 'The user or partner named in `reassignContactsTo`, who has the contacts now. Null when nobody was named.' })
  readonly reassignedTo: User | null;
}

@ObjectType('LeaveAppSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The viewer has left the app.' })
class LeaveAppSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => ID, { description: 'Id of the app that the viewer left.' })
  readonly appId: string;

  @Field(() => ID, { description: 'The `id` that the app had as an `Account` of the viewer. Remove it from client caches.' })
  readonly accountId: string;

  @Field(() => AccountCentral, { description: 'Account Central of the viewer, without the app.' })
  readonly accountCentral: () => AccountCentral;
}

@ObjectType('SetAccountLabelSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The label of the app is set in the viewer\'s Account Central.' })
class SetAccountLabelSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => Account, { description: 'The app as listed in the viewer\'s Account Central.' })
  readonly account: Account;
}

export const ChangeUserRoleResult = createUnionType({
  name: 'ChangeUserRoleResult',
  description: 'Result of `changeUserRole`.',
  types: () => [ChangeUserRoleSuccess, Rejection] as const,
});

export const RemoveUserResult = createUnionType({
  name: 'RemoveUserResult',
  description: 'Result of `removeUser`.',
  types: () => [RemoveUserSuccess, HasAssignedContacts, Rejection] as const,
});

export const LeaveAppResult = createUnionType({
  name: 'LeaveAppResult',
  description: 'Result of `leaveApp`.',
  types: () => [LeaveAppSuccess, HasAssignedContacts, Rejection] as const,
});

export const SetAccountLabelResult = createUnionType({
  name: 'SetAccountLabelResult',
  description: 'Result of `setAccountLabel`.',
  types: () => [SetAccountLabelSuccess, Rejection] as const,
});

export const AppointAdminResult = createUnionType({
  name: 'AppointAdminResult',
  description: 'Result of `appointAdmin`.',
  types: () => [AppointAdminSuccess, NoLicenceAvailable, Rejection] as const,
});

export const RebindUserResult = createUnionType({
  name: 'RebindUserResult',
  description: 'Result of `rebindUser`.',
  types: () => [RebindUserSuccess, Rejection] as const,
});

/** Mutations about the members of an app. */
@Resolver()
export class MemberMutations {
  @Mutation(() => ChangeUserRoleResult, { description: 'Changes the role of a user or partner, including one who has not accepted the invitation yet. Requires an active admin of the app.' })
  changeUserRole(
    @Arg('input', () => ChangeUserRoleInput, { description: 'The user, and the new role.' }) input: ChangeUserRoleInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ChangeUserRoleResult> {
    return answerMutation(
      context,
      (caller) => context.commands.changeUserRole(caller, input),
      async (written) => written.success(ChangeUserRoleSuccess, { user: await written.user(written.outcome.userId) }),
    );
  }

  @Mutation(() => RemoveUserResult, { description: 'Removes a user or partner from an app. Their access ends immediately. Requires an active admin of the app.' })
  removeUser(
    @Arg('input', () => RemoveUserInput, { description: 'The user to remove, and who gets their contacts.' }) input: RemoveUserInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RemoveUserResult> {
    return answerMutation(
      context,
      (caller) => context.commands.removeUser(caller, input),
      async (written) => {
        const reassignedTo = input.reassignContactsTo == null ? null : await written.knownUser(input.reassignContactsTo);
        return written.success(RemoveUserSuccess, { user: await written.user(written.outcome.userId), reassignedTo });
      },
      [HasAssignedContacts],
    );
  }

  @Mutation(() => LeaveAppResult, { description: 'Ends the viewer\'s access to an app. The viewer must be an active partner with no contacts assigned.' })
  leaveApp(
    @Arg('input', () => LeaveAppInput, { description: 'The app to leave, with a confirmation.' }) input: LeaveAppInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof LeaveAppResult> {
    return answerMutation(
      context,
      (caller) => context.commands.leaveApp(caller, input),
      (written) => written.success(LeaveAppSuccess, { appId: written.outcome.appId, accountId: written.accountId(), accountCentral: () => written.accountCentral() }),
      [HasAssignedContacts],
    );
  }

  @Mutation(() => SetAccountLabelResult, { description: 'Sets the viewer\'s own label for an app that they are in. Nobody else sees it.' })
  setAccountLabel(
    @Arg('input', () => SetAccountLabelInput, { description: 'The app, and its new label.' }) input: SetAccountLabelInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof SetAccountLabelResult> {
    return answerMutation(
      context,
      (caller) => context.commands.setAccountLabel(caller, input),
      (written) => written.success(SetAccountLabelSuccess, { account: written.account() }),
    );
  }
  @Mutation(() => AppointAdminResult, {
    description: 'Appoints an active user with the role `ADMIN`, for an app that nobody can administer any more. A standard user is promoted; anybody else takes a licence and belongs to the first sign-in with the Keap ID. Every active admin of the app is told by e-mail. Requires the scope "operator".',
  })
  appointAdmin(
    @Arg('input', () => AppointAdminInput, { description: 'The app, the person, and why.' }) input: AppointAdminInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof AppointAdminResult> {
    return answerMutation(
      context,
      (caller) => context.commands.appointAdmin(caller, input),
      async (written) => written.success(AppointAdminSuccess, { user: await written.userForOperator(written.outcome.userId) }),
      [NoLicenceAvailable],
    );
  }

  @Mutation(() => RebindUserResult, {
    description: 'Takes the sign-in of a member away, because it was lost or issued anew, and gives the membership to the next sign-in with the Keap ID. The sign-in before loses access at once. Every active admin of the app is told by e-mail. Requires the scope "operator".',
  })
  rebindUser(
    @Arg('input', () => RebindUserInput, { description: 'The app, the member, their Keap ID from now on, and why.' }) input: RebindUserInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RebindUserResult> {
    return answerMutation(
      context,
      (caller) => context.commands.rebindUser(caller, input),
      async (written) => written.success(RebindUserSuccess, { user: await written.userForOperator(written.outcome.userId) }),
    );
  }
}
