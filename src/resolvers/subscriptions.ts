import { Arg, Ctx, ID, Resolver, type ResolverData, Root, Subscription } from 'type-graphql';
import type { UserChanged } from '../application/history/membershipHistory';
import { ProjectionBehind } from '../application/errors';
import { AccountCentral } from './account/types';
import { type AccountCentralChanged, followAccountCentral } from './account/subscription';
import { eventsFilterOf, MembershipEventFilter, recordEventsRead, requireHistoryOf } from './history/resolver';
import { MembershipEvent, membershipEventOf } from './history/types';
import { type FollowedEvent, followHistory } from './history/subscription';
import type { RequestContext } from './context';
import { forbidden, notAsked } from './shared/errors';
import { User } from './user/types';
import { followUsers, UserChange } from './user/subscription';
import { personOf } from './shared/visibility';

type Follow<T> = AsyncIterableIterator<T>;
type Asked<A> = Pick<ResolverData<RequestContext>, 'context'> & { readonly args: A };

/**
 * All subscriptions. `subscribe` checks access once at the start. The method builds each message in a context of its own and checks access again.
 */
@Resolver()
export class Subscriptions {
  @Subscription(() => UserChange, {
    subscribe: ({ context, args }: Asked<{ readonly appId: string }>) => followedUsers(context, args.appId),
    description: 'Sends each change to a user of the app from now on, exactly once: invitations and their answers, expiry, delivery of e-mails, first sign-in, roles, departures and contacts. After a disconnect, subscribe first and then query the user list again. Requires an active admin of the app.',
  })
  async appUsersChanged(
    @Root() change: UserChanged | undefined,
    @Arg('appId', () => ID, { description: 'Id of the app, for example gx624.' }) appId: string,
    @Ctx() context: RequestContext,
  ): Promise<UserChange> {
    context.visibility.requireFollowing(appId);
    const { userId, position } = payloadOf(change, context);
    const row = await context.live.users.load({ appId, userId });
    if (!row) throw new Error(`The user ${userId} of ${appId}, who has changed, is missing.`);
    return { user: new User(row, context.live), position };
  }

  @Subscription(() => AccountCentral, {
    subscribe: ({ context }: Asked<object>) => followAccountCentral(context),
    description: 'Sends the viewer\'s Account Central as it is now, and again whenever one of their accounts or invitations is added, removed or changed. Changes in quick succession may be sent as one message.',
  })
  accountCentralChanged(@Root() change: AccountCentralChanged | undefined, @Ctx() context: RequestContext): AccountCentral {
    const person = personOf(context.requireCaller());
    payloadOf(change, context);
    return new AccountCentral(person, context.live);
  }

  @Subscription(() => MembershipEvent, {
    subscribe: ({ context, args }: Asked<{ readonly filter?: MembershipEventFilter | null }>) => followedHistory(context, args.filter ?? {}),
    description: 'Sends events in log order, each exactly once: first those after `filter.afterPosition`, then new ones as they occur. Without `afterPosition`, only new ones. After a disconnect, subscribe with the position of the last event received; "0" starts at the beginning. Requires an active admin of the app or the scope "auditor"; subscriptions of auditors are recorded.',
  })
  membershipEvents(
    @Root() event: FollowedEvent | undefined,
    @Arg('filter', () => MembershipEventFilter, { nullable: true, description: 'Criteria that an event must meet. All events when omitted.' }) filter: MembershipEventFilter | null | undefined,
    @Ctx() context: RequestContext,
  ): MembershipEvent {
    requireHistoryOf(context, filter ?? {});
    return membershipEventOf(payloadOf(event, context).entry, context.live);
  }
}

/** Streams the changes of an app's users. @throws GraphQLError `UNAUTHENTICATED`, `FORBIDDEN` */
function followedUsers(context: RequestContext, appId: string): Follow<UserChanged> {
  context.visibility.requireFollowing(appId);
  return followUsers(context, appId, () => {
    context.renew();
    context.visibility.requireFollowing(appId);
  });
}

/**
 * Streams the events that match the filter. A subscription by an auditor is recorded before the first event.
 * @throws GraphQLError `UNAUTHENTICATED`, `FORBIDDEN`, `BAD_USER_INPUT`; StoreUnavailable.
 */
async function followedHistory(context: RequestContext, given: MembershipEventFilter): Promise<Follow<FollowedEvent>> {
  const role = requireHistoryOf(context, given);
  const filter = eventsFilterOf(given);
  const events = followHistory(context, filter, () => {
    context.renew();
    // An admin who is an auditor too would otherwise continue as an auditor without being recorded.
    if (requireHistoryOf(context, given) === 'AUDITOR' && role === 'ADMIN') throw forbidden('You are no longer an admin of this app. Subscribe again to follow it as an auditor.');
  });
  try {
    if (role === 'AUDITOR') await recordEventsRead(context, 'membershipEvents', given);
  } catch (error) {
    await events.return?.();
    throw error;
  }
  return events;
}

/** Returns the payload of a message. @throws ProjectionBehind when the read models do not include it yet; GraphQLError `BAD_USER_INPUT` when there is none, because a subscription was executed as a query. */
function payloadOf<T extends { readonly position: string }>(message: T | undefined, context: RequestContext): T {
  if (message === undefined) throw notAsked();
  if (context.live.position() < message.position) throw new ProjectionBehind('The read models do not include this change yet.');
  return message;
}
