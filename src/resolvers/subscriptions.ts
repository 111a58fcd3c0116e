import { Arg, Ctx, ID, Resolver, Root, Subscription, type ResolverData } from 'type-graphql';
import type { UserChanged } from '../application/appliedChanges';
import { ProjectionBehind } from '../application/projectionBehind';
import { AccountCentral } from './accountCentral';
import { followAccountCentral, type AccountCentralChanged } from './accountCentralStream';
import { auditedRead, eventsFilterOf, MembershipEventFilter } from './historyFilter';
import { MembershipEvent } from './historyEvent';
import { membershipEventOf } from './historyEventTypes';
import { followHistory, type FollowedEvent } from './historyStream';
import type { RequestContext } from './requestContext';
import { forbidden, notAsked } from './requestErrors';
import { User } from './user';
import { UserChange } from './userChange';
import { followUsers } from './userChangesStream';
import { personOf } from './visibility';

type Follow<T> = AsyncIterableIterator<T>;
type Asked<A> = Pick<ResolverData<RequestContext>, 'context'> & { readonly args: A };

/**
 * What can be followed. `subscribe` decides whether, once; the method answers each message in a context of its own, and decides again.
 */
@Resolver()
export class Subscriptions {
  @Subscription(() => UserChange, {
    subscribe: ({ context, args }: Asked<{ readonly appId: string }>) => followedUsers(context, args.appId),
    description: 'Each change of a user of the app from now on, once, for its admins: invited, sent again, accepted, declined, revoked, expired, bound to a sign-in, another role, left, removed, contacts, delivery of the message. After a pause, subscribe first and read the user list then.',
  })
  async appUsersChanged(
    @Root() change: UserChanged | undefined,
    @Arg('appId', () => ID, { description: 'The app\'s own id.' }) appId: string,
    @Ctx() context: RequestContext,
  ): Promise<UserChange> {
    context.visibility.requireFollowing(appId);
    const { userId, position } = told(change, context);
    const row = await context.live.users.load({ appId, userId });
    if (!row) throw new Error(`The user ${userId} of ${appId}, who has changed, is missing.`);
    return { user: new User(row, context.live), position };
  }

  @Subscription(() => AccountCentral, {
    subscribe: ({ context }: Asked<object>) => followAccountCentral(context),
    description: 'The viewer\'s Account Central: as it is now, and again whenever an account or invitation of theirs came, went or changed. Changes that come together are told as one.',
  })
  accountCentralChanged(@Root() change: AccountCentralChanged | undefined, @Ctx() context: RequestContext): AccountCentral {
    const person = personOf(context.requireCaller());
    told(change, context);
    return new AccountCentral(person, context.live);
  }

  @Subscription(() => MembershipEvent, {
    subscribe: ({ context, args }: Asked<{ readonly filter?: MembershipEventFilter | null }>) => followedHistory(context, args.filter ?? {}),
    description: 'What happens in apps, in the order of the log and each event once: those after `filter.afterPosition` first, then each as it happens; without it, from now on. After a pause, send the position of the last event received; "0" stands before the first. For those who may read the history; that an auditor follows is recorded.',
  })
  membershipEvents(
    @Root() event: FollowedEvent | undefined,
    @Arg('filter', () => MembershipEventFilter, { nullable: true, description: 'Which events; all, when nothing is said.' }) filter: MembershipEventFilter | null | undefined,
    @Ctx() context: RequestContext,
  ): MembershipEvent {
    context.visibility.requireHistory(filter?.appId ?? null);
    return membershipEventOf(told(event, context).entry, context.live);
  }
}

/** @throws GraphQLError `UNAUTHENTICATED`, `FORBIDDEN` */
function followedUsers(context: RequestContext, appId: string): Follow<UserChanged> {
  context.visibility.requireFollowing(appId);
  return followUsers(context, appId, () => {
    context.renew();
    context.visibility.requireFollowing(appId);
  });
}

/**
 * What an auditor follows is recorded before the first event.
 * @throws GraphQLError `UNAUTHENTICATED`, `FORBIDDEN`, `BAD_USER_INPUT`; StoreUnavailable.
 */
async function followedHistory(context: RequestContext, given: MembershipEventFilter): Promise<Follow<FollowedEvent>> {
  const { appId, keapId, ...rest } = given;
  const grounds = context.visibility.requireHistory(appId ?? null);
  const filter = eventsFilterOf(given);
  const events = followHistory(context, filter, () => {
    context.renew();
    // Who is an auditor too would go on unrecorded.
    if (context.visibility.requireHistory(appId ?? null) === 'AUDITOR' && grounds === 'ADMIN') throw forbidden('You are no admin of this app any more. Subscribe again to follow it as an auditor.');
  });
  try {
    if (grounds === 'AUDITOR') await context.recordRead(auditedRead('membershipEvents', appId, { ...rest }, keapId));
  } catch (error) {
    await events.return?.();
    throw error;
  }
  return events;
}

/** What a message is made from. @throws ProjectionBehind where the read models do not show it; GraphQLError `BAD_USER_INPUT` where nothing was told. */
function told<T extends { readonly position: string }>(message: T | undefined, context: RequestContext): T {
  if (message === undefined) throw notAsked();
  if (context.live.position() < message.position) throw new ProjectionBehind('The read models do not show yet what is to be told.');
  return message;
}
