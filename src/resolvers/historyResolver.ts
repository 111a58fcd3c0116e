import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { summaryWithNames } from '../application/summaryNames';
import type { AsOf } from '../projections/asOfReadModels';
import { AsOfInput, momentOf } from './asOfInput';
import { MembershipEventConnection } from './historyConnection';
import { diffOf, MembershipDiff, type Snapshot } from './historyDiff';
import { MembershipEvent } from './historyEvent';
import { membershipEventOf } from './historyEventTypes';
import { auditedPage, auditedRead, eventsFilterOf, MembershipEventFilter } from './historyFilter';
import { UserWhy } from './historyWhy';
import { PageArgs } from './pageArgs';
import type { RequestContext } from './requestContext';
import { badUserInput, pagedAsync } from './requestErrors';
import { User } from './user';

/** What happened, for auditors and for an app's admins. */
@Resolver()
export class HistoryQueries {
  @Query(() => MembershipEventConnection, {
    description: 'Everything that happened in apps, the earliest first. Auditors see every app, an app\'s active admins their own; what auditors read is recorded.',
  })
  async membershipEvents(
    @Arg('filter', () => MembershipEventFilter, { nullable: true, description: 'Which events; all, when nothing is said.' }) given: MembershipEventFilter | null | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
  ): Promise<MembershipEventConnection> {
    const { appId, keapId, ...rest } = given ?? {};
    const grounds = context.visibility.requireHistory(appId ?? null);
    const filter = eventsFilterOf(given ?? {});
    const events = await pagedAsync(() => context.views.history.page(filter, page));
    if (grounds === 'AUDITOR') await context.recordRead(auditedRead('membershipEvents', appId, { ...rest, ...auditedPage(page) }, keapId));
    return new MembershipEventConnection(events, context.live);
  }

  @Query(() => MembershipDiff, { description: 'Who joined an app, left it or got another role between two moments. For those who may read its history.' })
  async membershipDiff(
    @Arg('appId', () => ID, { description: 'The app\'s own id.' }) appId: string,
    @Arg('from', () => AsOfInput, { description: 'The first moment.' }) from: AsOfInput,
    @Arg('to', () => AsOfInput, { nullable: true, description: 'The second moment; now, when nothing is said.' }) to: AsOfInput | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<MembershipDiff> {
    const grounds = context.visibility.requireHistory(appId);
    const first = momentOf(from);
    const second = to ? momentOf(to) : null;
    if (!(await context.live.apps.load(appId))) throw badUserInput('There is no app with this "appId".');
    if (grounds === 'AUDITOR') {
      await context.recordRead(auditedRead('membershipDiff', appId, { fromTime: from.time, fromPosition: from.position, toTime: to?.time, toPosition: to?.position }));
    }
    return diffOf(appId, await snapshotAt(appId, first, context), await snapshotAt(appId, second, context));
  }
}

async function snapshotAt(appId: string, moment: AsOf | null, context: RequestContext): Promise<Snapshot> {
  if (moment === null) return { source: context.live, position: context.live.position() };
  const source = await context.asOf({ appIds: [appId], asOf: moment });
  return { source, position: 'position' in moment ? moment.position : source.position() };
}

/** What can be asked of any event. */
@Resolver(() => MembershipEvent)
export class HistoryEventResolver {
  @FieldResolver(() => String, { description: 'What happened, in one plain sentence, with the names as they are known now.' })
  summary(@Root() event: MembershipEvent): Promise<string> {
    const { users, people } = event.source;
    return summaryWithNames(event, { user: (key) => users.load(key), person: (key) => people.load(key) });
  }
}

/** The history of a user. */
@Resolver(() => User)
export class UserHistoryResolver {
  @FieldResolver(() => MembershipEventConnection, { description: 'What happened to them in this app, the earliest first; up to the moment that is looked at. For those who may read the app\'s history.' })
  async history(@Root() user: User, @Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): Promise<MembershipEventConnection> {
    const { appId, userId, source, row } = user;
    const grounds = context.visibility.requireHistory(appId);
    const events = await pagedAsync(() => context.views.history.pageOfUser(row, source.until, page));
    if (grounds === 'AUDITOR') await context.recordRead(auditedRead('history', appId, { userId, ...source.until, ...auditedPage(page) }));
    return new MembershipEventConnection(events, source);
  }

  @FieldResolver(() => UserWhy, { nullable: true, description: 'Which events made them what they are. For those who may read the app\'s history.' })
  async why(@Root() user: User, @Ctx() context: RequestContext): Promise<UserWhy> {
    const { appId, userId, source, row } = user;
    const grounds = context.visibility.requireHistory(appId);
    const { status, role, licence } = await context.views.history.reasonsOf(row, source.until);
    if (grounds === 'AUDITOR') await context.recordRead(auditedRead('why', appId, { userId, ...source.until }));
    return {
      status: membershipEventOf(status, source),
      role: membershipEventOf(role, source),
      licence: licence && membershipEventOf(licence, source),
    };
  }
}
