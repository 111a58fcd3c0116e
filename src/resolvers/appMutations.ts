import { Arg, createUnionType, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type * as wishes from '../application/commandTypes';
import { App } from './app';
import { KeyedInput } from './keyedInput';
import { answerMutation } from './mutationAnswer';
import { MutationSuccess } from './mutationSuccess';
import { NO_FACTS, Rejection } from './refusals';
import type { RequestContext } from './requestContext';

@InputType('RegisterAppInput', { description: 'A client\'s app to be taken in, with its first admin.' })
export class RegisterAppInput extends KeyedInput implements wishes.RegisterAppInput {
  @Field(() => ID, { description: 'The app\'s own id: 2 to 40 of a-z, 0-9 and -, beginning with a letter.' })
  readonly appId: string;

  @Field(() => String, { description: 'The app\'s name: 1 to 100 characters.' })
  readonly name: string;

  @Field(() => String, { nullable: true, description: 'The http or https address at which the app opens; made from the app id when left out.' })
  readonly url?: string | null;

  @Field(() => Int, { description: 'How many users may have access at once: 1 to 1,000,000. Partners do not count.' })
  readonly licences: number;

  @Field(() => String, { description: 'The Keap ID of the owner, who is the first admin.' })
  readonly ownerKeapId: string;

  @Field(() => String, { nullable: true, description: 'The owner\'s name.' })
  readonly ownerName?: string | null;
}

@InputType('SetLicencesInput', { description: 'Another number of licences for an app.' })
export class SetLicencesInput extends KeyedInput implements wishes.SetLicencesInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => Int, { description: 'How many users may have access at once: 1 to 1,000,000, and not less than are used and reserved.' })
  readonly licences: number;
}

@ObjectType('RegisterAppSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The app was registered.' })
export class RegisterAppSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => App, { description: 'The app.' })
  readonly app: App;
}

@ObjectType('SetLicencesSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The app has this number of licences.' })
export class SetLicencesSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => App, { description: 'The app.' })
  readonly app: App;
}

export const RegisterAppResult = createUnionType({
  name: 'RegisterAppResult',
  description: 'What registering an app answers.',
  types: () => [RegisterAppSuccess, Rejection] as const,
});

export const SetLicencesResult = createUnionType({
  name: 'SetLicencesResult',
  description: 'What setting the licences of an app answers.',
  types: () => [SetLicencesSuccess, Rejection] as const,
});

/** What operators do with apps. */
@Resolver()
export class AppMutations {
  @Mutation(() => RegisterAppResult, { description: 'Takes in a client\'s app. Needs the scope "operator".' })
  registerApp(
    @Arg('input', () => RegisterAppInput, { description: 'The app and its owner.' }) input: RegisterAppInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RegisterAppResult> {
    return answerMutation(
      context,
      (caller) => context.commands.registerApp(caller, input),
      async (written) => written.success(RegisterAppSuccess, { app: await written.app() }),
      NO_FACTS,
    );
  }

  @Mutation(() => SetLicencesResult, { description: 'Sets how many licences an app has. Needs the scope "operator".' })
  setLicences(
    @Arg('input', () => SetLicencesInput, { description: 'The app and the number.' }) input: SetLicencesInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof SetLicencesResult> {
    return answerMutation(
      context,
      (caller) => context.commands.setLicences(caller, input),
      async (written) => written.success(SetLicencesSuccess, { app: await written.app() }),
      NO_FACTS,
    );
  }
}
