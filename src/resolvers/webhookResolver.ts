import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../projections/pageArguments';
import type { RequestContext } from './requestContext';
import { badUserInput } from './requestErrors';
import { Webhook, WebhookDeadLetter } from './webhook';

const HOW_MANY = `How many: 0 to ${MAX_PAGE_SIZE}, ${DEFAULT_PAGE_SIZE} when nothing is said.`;

/** What operators see of webhooks. */
@Resolver()
export class WebhookQueriesResolver {
  @Query(() => [Webhook], { description: 'The systems that events are sent to, the oldest first. There are 100 at most. Needs the scope "operator".' })
  webhooks(
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
    @Ctx() context: RequestContext,
  ): readonly Webhook[] {
    context.visibility.requireOperator('Webhooks');
    return context.views.webhooks.all(limitOf(first)).map((row) => new Webhook(row));
  }
}

/** What is counted and listed of a webhook only when it is asked for. */
@Resolver(() => Webhook)
export class WebhookResolver {
  @FieldResolver(() => Int, { description: 'How many events were put aside after their last try; 10,000 stands for that many or more.' })
  deadLetterCount(@Root() { webhookId }: Webhook, @Ctx() context: RequestContext): number {
    return context.views.webhooks.deadLetterCount(webhookId);
  }

  @FieldResolver(() => [WebhookDeadLetter], { description: 'The earliest of them, in log order.' })
  deadLetters(
    @Root() { webhookId }: Webhook,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
    @Ctx() context: RequestContext,
  ): readonly WebhookDeadLetter[] {
    return context.views.webhooks.deadLetters(webhookId, limitOf(first));
  }
}

/** @throws GraphQLError `BAD_USER_INPUT` for a number that no page has. */
function limitOf(first: number | null | undefined): number {
  const limit = first ?? DEFAULT_PAGE_SIZE;
  if (limit < 0 || limit > MAX_PAGE_SIZE) throw badUserInput(`"first" is a whole number from 0 to ${MAX_PAGE_SIZE}; this one is ${limit}.`);
  return limit;
}
