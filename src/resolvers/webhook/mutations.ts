import type { WebhookOutcome } from '../../application/commandTypes';
import { Arg, createUnionType, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { DomainError } from '../../domain/domainError';
import { answerMutation, KeyedInput, MutationSuccess } from '../mutation';
import { Rejection } from '../refusals';
import type { RequestContext } from '../context';
import { notVisibleYet } from '../shared/errors';
import { LogPosition } from '../shared/scalars';
import { Webhook } from './types';

@InputType('RegisterWebhookInput', { description: 'The webhook to register: where to send events, and which ones.' })
export class RegisterWebhookInput extends KeyedInput {
  @Field(() => String, { description: 'URL that events are sent to. It must be https and have a public address.' })
  readonly url: string;

  @Field(() => [String], { nullable: true, description: 'Event types to send, for example "InvitationAccepted". All types when omitted.' })
  readonly types?: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Ids of the apps whose events are sent, at most 20. All apps when omitted.' })
  readonly appIds?: readonly string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether names and Keap IDs are sent. Without them, events hold ids only and summaries say "somebody". False when omitted.' })
  readonly personalData?: boolean | null;
}

@InputType('RemoveWebhookInput', { description: 'The webhook to remove.' })
export class RemoveWebhookInput extends KeyedInput {
  @Field(() => ID, { description: 'The webhook.' })
  readonly webhookId: string;
}

@InputType('ReplayWebhookInput', { description: 'The events to send again. Set exactly one of `after` and `deadLetters`.' })
export class ReplayWebhookInput extends KeyedInput {
  @Field(() => ID, { description: 'The webhook.' })
  readonly webhookId: string;

  @Field(() => LogPosition, { nullable: true, description: 'Send all events after this log position again. "0" stands for all events.' })
  readonly after?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Send the dead letters again.' })
  readonly deadLetters?: boolean | null;
}

@ObjectType('RegisterWebhookSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The webhook is registered. Events are sent from now on.' })
class RegisterWebhookSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => Webhook, { description: 'The webhook.' })
  readonly webhook: Webhook;

  @Field(() => String, { nullable: true, description: 'Secret that the receiver verifies signatures with. It is returned only here. Null in a dry run.' })
  readonly secret: string | null;
}

@ObjectType('RemoveWebhookSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The webhook is removed, and no more events are sent. A request under way may still arrive.' })
class RemoveWebhookSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => ID, { description: 'Id of the removed webhook.' })
  readonly webhookId: string;
}

@ObjectType('ReplayWebhookSuccess', { implements: MutationSuccess, simpleResolvers: true, description: 'The events will be sent again with the same ids.' })
class ReplayWebhookSuccess implements MutationSuccess {
  readonly position: string;

  @Field(() => Webhook, { description: 'The webhook.' })
  readonly webhook: Webhook;
}

export const RegisterWebhookResult = createUnionType({
  name: 'RegisterWebhookResult',
  description: 'Result of `registerWebhook`.',
  types: () => [RegisterWebhookSuccess, Rejection] as const,
});

export const RemoveWebhookResult = createUnionType({
  name: 'RemoveWebhookResult',
  description: 'Result of `removeWebhook`.',
  types: () => [RemoveWebhookSuccess, Rejection] as const,
});

export const ReplayWebhookResult = createUnionType({
  name: 'ReplayWebhookResult',
  description: 'Result of `replayWebhook`.',
  types: () => [ReplayWebhookSuccess, Rejection] as const,
});

/** Mutations about webhooks, for operators. */
@Resolver()
export class WebhookMutations {
  @Mutation(() => RegisterWebhookResult, { description: 'Registers a webhook, which sends events of apps to another system from now on. Requires the scope "operator".' })
  registerWebhook(
    @Arg('input', () => RegisterWebhookInput, { description: 'Where to send events, and which ones.' }) input: RegisterWebhookInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RegisterWebhookResult> {
    return answerMutation(
      context,
      (caller) => context.commands.registerWebhook(caller, input),
      (written) => written.success(RegisterWebhookSuccess, { webhook: webhookOf(context, written.outcome), secret: context.dryRun ? null : context.commands.webhookSecret(written.outcome) }),
    );
  }

  @Mutation(() => RemoveWebhookResult, { description: 'Removes a webhook, so that no more events are sent to it. Requires the scope "operator".' })
  removeWebhook(
    @Arg('input', () => RemoveWebhookInput, { description: 'The webhook.' }) input: RemoveWebhookInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof RemoveWebhookResult> {
    return answerMutation(
      context,
      (caller) => context.commands.removeWebhook(caller, input),
      (written) => written.success(RemoveWebhookSuccess, { webhookId: written.outcome.webhookId }),
    );
  }

  @Mutation(() => ReplayWebhookResult, { description: 'Sends past events to a webhook again. Requires the scope "operator".' })
  replayWebhook(
    @Arg('input', () => ReplayWebhookInput, { description: 'The webhook, and the events to send again.' }) input: ReplayWebhookInput,
    @Ctx() context: RequestContext,
  ): Promise<typeof ReplayWebhookResult> {
    return answerMutation(
      context,
      (caller) => context.commands.replayWebhook(caller, input),
      (written) => written.success(ReplayWebhookSuccess, { webhook: webhookOf(context, written.outcome) }),
    );
  }
}

function webhookOf(context: RequestContext, { webhookId, position }: WebhookOutcome): Webhook {
  const row = context.readModels.webhooks.byId(webhookId);
  if (row) return new Webhook(row);
  throw context.readModels.position() < position ? notVisibleYet(position) : new DomainError('INVALID_INPUT', 'The webhook was removed in the meantime.', { field: 'webhookId' });
}
