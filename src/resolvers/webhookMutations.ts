import { Arg, createUnionType, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type * as wishes from '../application/commandTypes';
import { DomainError } from '../domain/domainError';
import { KeyedInput } from './keyedInput';
import { answerMutation } from './mutationAnswer';
import { MutationSuccess } from './mutationSuccess';
import { NO_FACTS, Rejection } from './refusals';
import type { RequestContext } from './requestContext';
import { notVisibleYet } from './requestErrors';
import { LogPosition } from './scalars';
import { Webhook } from './webhook';

@InputType('RegisterWebhookInput', { description: 'Where events are to be sent, and which.' })
export class RegisterWebhookInput extends KeyedInput implements wishes.RegisterWebhookInput {
  @Field(() => String, { description: 'An https address that is a public one.' })
  readonly url: string;

  @Field(() => [String], { nullable: true, description: 'Which types of events, such as "InvitationAccepted"; all when absent.' })
  readonly types?: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'The events of which apps, 20 at most; of all when absent.' })
  readonly appIds?: readonly string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether names and Keap IDs are sent; without them everybody is an id, and "somebody" in a summary. Not, when absent.' })
  readonly personalData?: boolean | null;
}

@InputType('RemoveWebhookInput', { description: 'A webhook that is not wanted any more.' })
export class RemoveWebhookInput extends KeyedInput implements wishes.RemoveWebhookInput {
  @Field(() => ID, { description: 'The webhook.' })
  readonly webhookId: string;
}

@InputType('ReplayWebhookInput', { description: 'What is to be sent again: either "after" or "deadLetters".' })
export class ReplayWebhookInput extends KeyedInput implements wishes.ReplayWebhookInput {
  @Field(() => ID, { description: 'The webhook.' })
  readonly webhookId: string;

  @Field(() => LogPosition, { nullable: true, description: 'Everything after this position; "0" for everything.' })
  readonly after?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'What was put aside.' })
  readonly deadLetters?: boolean | null;
}

@ObjectType('RegisterWebhookSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'Events from here on are sent.' })
export class RegisterWebhookSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => Webhook, { description: 'The webhook.' })
  readonly webhook: Webhook;

  @Field(() => String, { nullable: true, description: 'What the receiver checks signatures with. It is shown here and nowhere else; null in a dry run.' })
  readonly secret: string | null;
}

@ObjectType('RemoveWebhookSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'Nothing is sent there any more; a request under way may still arrive.' })
export class RemoveWebhookSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => ID, { description: 'The webhook that was.' })
  readonly webhookId: string;
}

@ObjectType('ReplayWebhookSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'It is sent again, with the same ids.' })
export class ReplayWebhookSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => Webhook, { description: 'The webhook.' })
  readonly webhook: Webhook;
}

export const RegisterWebhookResult = createUnionType({
  name: 'RegisterWebhookResult',
  description: 'What registering a webhook answers.',
  types: () => [RegisterWebhookSuccess, Rejection] as const,
});

export const RemoveWebhookResult = createUnionType({
  name: 'RemoveWebhookResult',
  description: 'What removing a webhook answers.',
  types: () => [RemoveWebhookSuccess, Rejection] as const,
});

export const ReplayWebhookResult = createUnionType({
  name: 'ReplayWebhookResult',
  description: 'What sending events again answers.',
  types: () => [ReplayWebhookSuccess, Rejection] as const,
});

/** What operators do with webhooks. */
@Resolver()
export class WebhookMutations {
  @Mutation(() => RegisterWebhookResult, { description: 'Sends events of apps, from here on, to another system. Needs the scope "operator".' })
  registerWebhook(
    @Arg('input', () => RegisterWebhookInput, { description: 'Where to, and which.' }) input: RegisterWebhookInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RegisterWebhookResult> {
    return answerMutation(
      context,
      (caller) => context.commands.registerWebhook(caller, input),
      (written) => written.success(RegisterWebhookSuccess, { webhook: webhookOf(context, written.outcome), secret: context.tried ? null : context.commands.webhookSecret(written.outcome) }),
      NO_FACTS,
    );
  }

  @Mutation(() => RemoveWebhookResult, { description: 'Ends sending events to another system. Needs the scope "operator".' })
  removeWebhook(
    @Arg('input', () => RemoveWebhookInput, { description: 'The webhook.' }) input: RemoveWebhookInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RemoveWebhookResult> {
    return answerMutation(
      context,
      (caller) => context.commands.removeWebhook(caller, input),
      (written) => written.success(RemoveWebhookSuccess, { webhookId: written.outcome.webhookId }),
      NO_FACTS,
    );
  }

  @Mutation(() => ReplayWebhookResult, { description: 'Sends events to another system again. Needs the scope "operator".' })
  replayWebhook(
    @Arg('input', () => ReplayWebhookInput, { description: 'The webhook, and from where.' }) input: ReplayWebhookInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ReplayWebhookResult> {
    return answerMutation(
      context,
      (caller) => context.commands.replayWebhook(caller, input),
      (written) => written.success(ReplayWebhookSuccess, { webhook: webhookOf(context, written.outcome) }),
      NO_FACTS,
    );
  }
}

function webhookOf(context: RequestContext, { webhookId, position }: wishes.WebhookOutcome): Webhook {
  const row = context.views.webhooks.byId(webhookId);
  if (row) return new Webhook(row);
  throw context.views.position() < position ? notVisibleYet(position) : new DomainError('INVALID_INPUT', 'The webhook has been removed since.', { field: 'webhookId' });
}
