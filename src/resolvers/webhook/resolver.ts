import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../projections/paging/page';
import type { RequestContext } from '../context';
import { badUserInput } from '../shared/errors';
import { Webhook, WebhookDeadLetter } from './types';

const FIRST = `Maximum number of entries to return: 0 to ${MAX_PAGE_SIZE}. ${DEFAULT_PAGE_SIZE} when omitted.`;

/** Queries about webhooks. */
@Resolver()
export class WebhookQueriesResolver {
  @Query(() => [Webhook], { description: 'The registered webhooks, oldest first. There are at most 100. Requires the scope "operator".' })
  webhooks(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Ctx() context: RequestContext,
  ): readonly Webhook[] {
    context.visibility.requireOperator('Webhooks');
    return context.readModels.webhooks.all(limitOf(first)).map((row) => new Webhook(row));
  }
}

/** Fields of a webhook that need a query of their own. */
@Resolver(() => Webhook)
export class WebhookResolver {
  @FieldResolver(() => Int, { description: 'Number of dead letters: events that could not be delivered after the last attempt. 10,000 means that many or more.' })
  deadLetterCount(@Root() { webhookId }: Webhook, @Ctx() context: RequestContext): number {
    return context.readModels.webhooks.deadLetterCount(webhookId);
  }

  @FieldResolver(() => [WebhookDeadLetter], { description: 'The earliest dead letters, in log order.' })
  deadLetters(
    @Root() { webhookId }: Webhook,
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Ctx() context: RequestContext,
  ): readonly WebhookDeadLetter[] {
    return context.readModels.webhooks.deadLetters(webhookId, limitOf(first));
  }
}

/** Checks the argument `first`. @throws GraphQLError `BAD_USER_INPUT` when it is negative or exceeds the page size. */
function limitOf(first: number | null | undefined): number {
  const limit = first ?? DEFAULT_PAGE_SIZE;
  if (limit < 0 || limit > MAX_PAGE_SIZE) throw badUserInput(`"first" is a whole number from 0 to ${MAX_PAGE_SIZE}; this one is ${limit}.`);
  return limit;
}
