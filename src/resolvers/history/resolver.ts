import { Arg, Args, Ctx, Field, FieldResolver, ID, InputType, Query, Resolver, Root } from 'type-graphql';
import { normalizeKeapId } from '../../domain/keapId';
import type { MembershipEventsFilter } from '../../projections/membershipEvents/rows';
import { auditedPage, auditedRead } from '../shared/auditedRead';
import { badUserInput, forbidden, pagedAsync } from '../shared/errors';
import { DateTimeISO, LogPosition } from '../shared/scalars';
import { withoutClient } from '../../application/history/membershipHistory';
import { actorKindOf, nameOfPart, summaryWithNames } from '../../application/history/summary';
import type { AsOf } from '../../projections/past/asOf';
import { MAX_APPS, requireFewApps, requireShort } from '../shared/bounds';
import { AsOfInput, momentOf, PageArgs } from '../shared/connection';
import { diffOf, MAX_CHANGES, MembershipDiff, type Snapshot } from './diff';
import { Actor, actorOf } from './actor';
import { MembershipEvent, MembershipEventConnection, membershipEventOf, UserWhy } from './types';
import type { ReadSource, RequestContext } from '../context';
import { User } from '../user/types';

const MAX_TYPES = 30;

@InputType('MembershipEventFilter', { description: 'Criteria that an event must meet. All given criteria apply; omitted ones restrict nothing.' })
export class MembershipEventFilter {
  @Field(() => ID, { nullable: true, description: 'Only events of this app. Unless the viewer has the scope "auditor", this or `appIds` is required.' })
  readonly appId?: string | null;

  @Field(() => [ID], { nullable: true, description: `Only events of these apps, at most ${MAX_APPS}. With \`appId\`, the app must be among them.` })
  readonly appIds?: readonly string[] | null;

  @Field(() => ID, { nullable: true, description: 'Only events about this user of an app, including reassignments of contacts away from them.' })
  readonly userId?: string | null;

  @Field(() => String, { nullable: true, description: 'Only events about users who were ever invited or joined with this Keap ID. Case is ignored.' })
  readonly keapId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only events caused by this actor, by `actorId`.' })
  readonly actorId?: string | null;

  @Field(() => String, { nullable: true, description: 'Only events caused by people who hold this Keap ID, or were ever invited or joined with it. Case is ignored.' })
  readonly actorKeapId?: string | null;

  @Field(() => [String], { nullable: true, description: `Only events of these types, by the names that \`type\` returns. At most ${MAX_TYPES} names. An unknown name matches no event.` })
  readonly types?: readonly string[] | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'Only events at this time or later.' })
  readonly from?: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'Only events before this time.' })
  readonly to?: string | null;

  @Field(() => LogPosition, { nullable: true, description: 'Only events after this position in the log.' })
  readonly afterPosition?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only events caused by the request with this correlation id.' })
  readonly correlationId?: string | null;
}

/** Converts the filter of a request to that of the history. @throws GraphQLError `BAD_USER_INPUT` when a text or list is too long. */
export function eventsFilterOf({ appId, appIds, userId, keapId, actorId, actorKeapId, types, from, to, afterPosition, correlationId }: MembershipEventFilter): MembershipEventsFilter {
  for (const [name, value] of Object.entries({ appId, userId, keapId, actorId, actorKeapId, correlationId })) requireShort(name, value);
  if ((types?.length ?? 0) > MAX_TYPES) throw badUserInput(`"types" is too long: at most ${MAX_TYPES} names are allowed.`);
  for (const type of types ?? []) requireShort('types', type);
  return {
    appId, appIds, actorId, types, from, to, afterPosition, correlationId,
    userIds: userId === null || userId === undefined ? null : [userId],
    keapIdNormalized: keapId === null || keapId === undefined ? null : normalizeKeapId(keapId),
    actorKeapIdNormalized: actorKeapId === null || actorKeapId === undefined ? null : normalizeKeapId(actorKeapId),
  };
}

/**
 * Returns in which role the caller may read the events of a filter. They must be allowed to read each app that it names.
 * @throws GraphQLError `FORBIDDEN` when they may not; `BAD_USER_INPUT` for more than 100 apps.
 */
export function requireHistoryOf({ visibility }: RequestContext, { appId, appIds }: MembershipEventFilter): 'ADMIN' | 'AUDITOR' {
  requireFewApps(appIds);
  const named = appId === null || appId === undefined ? (appIds ?? []) : [appId];
  if (named.length === 0) return visibility.requireHistory(null);
  return named.map((id) => visibility.requireHistory(id)).includes('AUDITOR') ? 'AUDITOR' : 'ADMIN';
}

/** Records an auditor's read of events by a field of the API, once for each Keap ID in the filter. */
export async function recordEventsRead(context: RequestContext, read: 'membershipEvents' | 'administrativeEvents', { appId, keapId, actorKeapId, ...rest }: MembershipEventFilter, page: PageArgs = {}): Promise<void> {
  const given = { ...rest, ...auditedPage(page) };
  const isOfActor = actorKeapId !== null && actorKeapId !== undefined;
  if (isOfActor) await context.recordRead(auditedRead(read, appId, { ...given, keapIdOf: 'actor' }, actorKeapId));
  if (!isOfActor || (keapId !== null && keapId !== undefined)) await context.recordRead(auditedRead(read, appId, given, keapId));
}

/** Queries about the history, for auditors and for an app's admins. */
@Resolver()
export class HistoryQueries {
  @Query(() => MembershipEventConnection, {
    description: 'History of apps, earliest event first. Auditors can read all apps, and their reads are recorded. Active admins can read their own app.',
  })
  async membershipEvents(
    @Arg('filter', () => MembershipEventFilter, { nullable: true, description: 'Criteria that an event must meet. All events when omitted.' }) given: MembershipEventFilter | null | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
  ): Promise<MembershipEventConnection> {
    const wanted = given ?? {};
    const role = requireHistoryOf(context, wanted);
    const filter = eventsFilterOf(wanted);
    const events = await pagedAsync(() => context.readModels.history.page(filter, page));
    if (role === 'AUDITOR') await recordEventsRead(context, 'membershipEvents', wanted, page);
    return new MembershipEventConnection(events, { source: context.live });
  }

  @Query(() => MembershipEventConnection, {
    description: 'What operators and auditors did, earliest event first: in apps and outside of them, at the API and at the command line, and imports. Requires the scope "operator" or "auditor". Only auditors see what auditors read. Operators see the people of an app only where an operator named them. The reads of auditors are recorded.',
  })
  async administrativeEvents(
    @Arg('filter', () => MembershipEventFilter, { nullable: true, description: 'Criteria that an event must meet. All events when omitted. The app `-` selects those that belong to no app.' }) given: MembershipEventFilter | null | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
  ): Promise<MembershipEventConnection> {
    const { visibility, live, readModels } = context;
    const wanted = given ?? {};
    requireFewApps(wanted.appIds);
    const reader = visibility.requireAdministration();
    if (reader === 'OPERATOR' && wanted.keapId !== null && wanted.keapId !== undefined) throw forbidden('Only auditors can select these events by the Keap ID of a user. Use "actorKeapId" for those of an operator.');
    const filter = eventsFilterOf(wanted);
    const events = await pagedAsync(() => readModels.administration.page(filter, reader, page));
    if (reader === 'AUDITOR') await recordEventsRead(context, 'administrativeEvents', wanted, page);
    return new MembershipEventConnection(events, { source: live, withholdsPeople: (appId) => visibility.historyRole(appId) === null });
  }

  @Query(() => MembershipDiff, { description: 'Compares who was active in an app at two moments: who joined, who left, whose role changed, and whose access or role began and ended in between. Requires an active admin of the app or the scope "auditor".' })
  async membershipDiff(
    @Arg('appId', () => ID, { description: 'Id of the app, for example gx624.' }) appId: string,
    @Arg('from', () => AsOfInput, { description: 'The earlier moment to compare.' }) from: AsOfInput,
    @Arg('to', () => AsOfInput, { nullable: true, description: 'The later moment to compare. Now when omitted.' }) to: AsOfInput | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<MembershipDiff> {
    const grounds = context.visibility.requireHistory(appId);
    const first = momentOf(from);
    const second = to ? momentOf(to) : null;
    if (!(await context.live.apps.load(appId))) throw badUserInput('There is no app with this "appId".');
    if (grounds === 'AUDITOR') {
      await context.recordRead(auditedRead('membershipDiff', appId, { fromTime: from.time, fromPosition: from.position, toTime: to?.time, toPosition: to?.position }));
    }
    const [before, after] = [await snapshotAt(appId, first, context), await snapshotAt(appId, second, context)];
    const between = await context.readModels.periods.within(appId, first, second ?? { position: after.position }, MAX_CHANGES + 1);
    return diffOf(appId, before, after, between, context.live);
  }
}

async function snapshotAt(appId: string, moment: AsOf | null, context: RequestContext): Promise<Snapshot> {
  if (moment === null) return { source: context.live, position: context.live.position() };
  const source = await context.asOf({ appIds: [appId], asOf: moment });
  return { source, position: 'position' in moment ? moment.position : source.position() };
}

async function userOf(appId: string, userId: string | null, source: ReadSource): Promise<User | null> {
  const row = userId === null ? undefined : await source.users.load({ appId, userId });
  return row ? new User(row, source) : null;
}

/** Fields of every event that need a query of their own. */
@Resolver(() => MembershipEvent)
export class HistoryEventResolver {
  @FieldResolver(() => String, { description: 'What happened, in one sentence, with the names that are known now.' })
  summary(@Root() event: MembershipEvent, @Ctx() { live }: RequestContext): Promise<string> {
    const { source: { users, people }, withoutPeople } = event;
    return summaryWithNames(event, {
      user: async (key) => (withoutPeople ? undefined : users.load(key)),
      person: async (key) => (withoutPeople ? undefined : await people.load(key)) ?? live.signIns.load(key.personId),
    }, !withoutPeople || nameOfPart(event.actorId) === undefined);
  }

  @FieldResolver(() => String, { description: 'The text whose SHA-256 is `hash`: the hash of the previous event in the stream, then the canonical JSON (RFC 8785) of what is stored of this one. Events of older versions have the address and the client of the actor in plain text; whoever is neither the actor nor an auditor gets "withheld" in their place, so that the hash cannot be computed. So do operators in place of the people of an app.' })
  hashedText(@Root() { stored }: MembershipEvent, @Ctx() { hashedTexts, visibility, caller }: RequestContext): Promise<string> {
    const isOwn = stored.metadata.actorId === caller?.actor.personId;
    return hashedTexts.load(isOwn || visibility.seesClients ? stored : withoutClient(stored));
  }

  @FieldResolver(() => Actor, { description: 'Who caused the event.' })
  actor(@Root() event: MembershipEvent, @Ctx() { live }: RequestContext): Promise<Actor> {
    const { appId, actorId, source, withoutPeople } = event;
    return actorOf({ appId, actorId, kind: actorKindOf(event) }, source, live, !withoutPeople);
  }

  @FieldResolver(() => User, { nullable: true, description: 'The user that the event is about. Null when it is not about a single user, when the app no longer has that user, and when the viewer may not see the users of the app.' })
  async user(@Root() { appId, userId, source, withoutPeople }: MembershipEvent): Promise<User | null> {
    return withoutPeople ? null : userOf(appId, userId, source);
  }
}

/** Fields of an actor that need a query of their own. */
@Resolver(() => Actor)
export class ActorResolver {
  @FieldResolver(() => User, { nullable: true, description: 'The actor as a user of the app. Null when they are none.' })
  user(@Root() { appId, userId, source }: Actor): Promise<User | null> {
    return userOf(appId, userId, source);
  }
}

/** Fields of a user that read the history. */
@Resolver(() => User)
export class UserHistoryResolver {
  @FieldResolver(() => MembershipEventConnection, { nullable: true, description: 'History of this user in the app, earliest event first, up to the `asOf` moment of the query. Null unless the viewer is an active admin of the app or has the scope "auditor".' })
  async history(@Root() user: User, @Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): Promise<MembershipEventConnection | null> {
    const { appId, userId, source, row } = user;
    const role = context.visibility.historyRole(appId);
    if (role === null) return null;
    const events = await pagedAsync(() => context.readModels.history.pageOfUser(row, source.until, page));
    if (role === 'AUDITOR') await context.recordRead(auditedRead('history', appId, { userId, ...source.until, ...auditedPage(page) }));
    return new MembershipEventConnection(events, { source });
  }

  @FieldResolver(() => UserWhy, { nullable: true, description: 'The events that explain the user\'s current status, role and licence. Requires an active admin of the app or the scope "auditor".' })
  async why(@Root() user: User, @Ctx() context: RequestContext): Promise<UserWhy> {
    const { appId, userId, source, row } = user;
    const grounds = context.visibility.requireHistory(appId);
    const { status, role, licence } = await context.readModels.history.reasonsOf(row, source.until);
    if (grounds === 'AUDITOR') await context.recordRead(auditedRead('why', appId, { userId, ...source.until }));
    return {
      status: membershipEventOf(status, source),
      role: membershipEventOf(role, source),
      licence: licence && membershipEventOf(licence, source),
    };
  }
}
