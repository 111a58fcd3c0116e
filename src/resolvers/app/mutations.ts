import { Arg, createUnionType, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { App } from './types';
import { answerMutation, KeyedInput, MutationSuccess } from '../mutation';
import { Rejection } from '../refusals';
import type { RequestContext } from '../context';

@InputType('RegisterAppInput', { description: 'An app to register, with its owner.' })
export class RegisterAppInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624: 2 to 40 characters from a-z, 0-9 and "-", beginning with a letter.' })
  readonly appId: string;

  @Field(() => String, { description: 'Name of the app, for example Keap Pro Recording: 1 to 100 characters.' })
  readonly name: string;

  @Field(() => String, { nullable: true, description: 'URL at which the app opens, http or https. Derived from the app id when omitted.' })
  readonly url?: string | null;

  @Field(() => Int, { description: 'Number of users who can have access at the same time: 1 to 1,000,000. Partners use no licence.' })
  readonly licences: number;

  @Field(() => String, { description: 'Keap ID of the owner, who becomes the first admin of the app.' })
  readonly ownerKeapId: string;

  @Field(() => String, { nullable: true, description: 'Name of the owner.' })
  readonly ownerName?: string | null;
}

@InputType('SetLicencesInput', { description: 'The new number of licences of an app.' })
export class SetLicencesInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => Int, { description: 'Number of users who can have access at the same time: 1 to 1,000,000, and at least the number of licences used or reserved now.' })
  readonly licences: number;
}

@InputType('RenameAppInput', { description: 'The new name of an app, and its new URL.' })
export class RenameAppInput extends KeyedInput {
  @Field(() => ID, { description: 'Id of the app, for example gx624. It does not change.' })
  readonly appId: string;

  @Field(() => String, { description: 'Name of the app, for example Keap Pro Recording: 1 to 100 characters.' })
  readonly name: string;

  @Field(() => String, { nullable: true, description: 'URL at which the app opens, http or https. The present one is kept when omitted.' })
  readonly url?: string | null;
}

@ObjectType('RegisterAppSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The app is registered.' })
class RegisterAppSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => App, { description: 'The app.' })
  readonly app: App;
}

@ObjectType('SetLicencesSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The number of licences is set.' })
class SetLicencesSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => App, { description: 'The app.' })
  readonly app: App;
}

@ObjectType('RenameAppSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The app has this name and URL.' })
class RenameAppSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => App, { description: 'The app.' })
  readonly app: App;
}

export const RegisterAppResult = createUnionType({
  name: 'RegisterAppResult',
  description: 'Result of `registerApp`.',
  types: () => [RegisterAppSuccess, Rejection] as const,
});

export const SetLicencesResult = createUnionType({
  name: 'SetLicencesResult',
  description: 'Result of `setLicences`.',
  types: () => [SetLicencesSuccess, Rejection] as const,
});

export const RenameAppResult = createUnionType({
  name: 'RenameAppResult',
  description: 'Result of `renameApp`.',
  types: () => [RenameAppSuccess, Rejection] as const,
});

/** Mutations about apps, for operators. */
@Resolver()
export class AppMutations {
  @Mutation(() => RegisterAppResult, { description: 'Registers an app and makes its owner the first admin. Requires the scope "operator".' })
  registerApp(
    @Arg('input', () => RegisterAppInput, { description: 'The app to register, and its owner.' }) input: RegisterAppInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RegisterAppResult> {
    return answerMutation(
      context,
      (caller) => context.commands.registerApp(caller, input),
      async (written) => written.success(RegisterAppSuccess, { app: await written.app() }),
    );
  }

  @Mutation(() => SetLicencesResult, { description: 'Sets the number of licences of an app. Requires the scope "operator".' })
  setLicences(
    @Arg('input', () => SetLicencesInput, { description: 'The app, and its new number of licences.' }) input: SetLicencesInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof SetLicencesResult> {
    return answerMutation(
      context,
      (caller) => context.commands.setLicences(caller, input),
      async (written) => written.success(SetLicencesSuccess, { app: await written.app() }),
    );
  }
  @Mutation(() => RenameAppResult, { description: 'Sets the name of an app, and its URL if one is given. User lists, account names and the history show it from then on. Requires the scope "operator".' })
  renameApp(
    @Arg('input', () => RenameAppInput, { description: 'The app, its new name and its new URL.' }) input: RenameAppInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RenameAppResult> {
    return answerMutation(
      context,
      (caller) => context.commands.renameApp(caller, input),
      async (written) => written.success(RenameAppSuccess, { app: await written.app() }),
    );
  }
}
