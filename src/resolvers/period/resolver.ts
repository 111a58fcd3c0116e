import type * as events from '../../domain/events';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { normalizeKeapId } from '../../domain/keapId';
import type { PeriodsFilter } from '../../projections/periodsOfAccess/rows';
import type { RequestContext } from '../context';
import { MembershipEvent, membershipEventOf } from '../history/types';
import { auditedPage, auditedRead } from '../shared/auditedRead';
import { MAX_APPS, requireFewApps, requireShort } from '../shared/bounds';
import { PageArgs } from '../shared/connection';
import { badUserInput, forbidden, pagedAsync } from '../shared/errors';
import { DateTimeISO, UserKind, UserRole } from '../shared/scalars';
import { personOf } from '../shared/visibility';
import { User } from '../user/types';
import { PeriodOfAccess, PeriodOfAccessConnection } from './types';

/** Queries for the periods of access, for auditors and for an app's admins. */
@Resolver()
export class PeriodQueries {
  @Query(() => PeriodOfAccessConnection, {
    description: 'Everybody who had access at any time of a period: one row for each stay and each role in it, earliest begun first. Auditors can read all apps, and their reads are recorded. Active admins can read their own apps.',
  })
  async periodsOfAccess(
    @Arg('appIds', () => [ID], { nullable: true, description: `Only periods in these apps, at most ${MAX_APPS}. Every app that the viewer may read when omitted: all of them for auditors, their own for admins.` }) appIds: readonly string[] | null | undefined,
    @Arg('keapId', () => String, { nullable: true, description: 'Only periods of people who were ever invited or joined with this Keap ID. Case is ignored.' }) keapId: string | null | undefined,
    @Arg('roles', () => [UserRole], { nullable: true, description: 'Only periods with one of these roles.' }) roles: readonly events.UserRole[] | null | undefined,
    @Arg('kinds', () => [UserKind], { nullable: true, description: 'Only periods of users, or of partners.' }) kinds: readonly events.UserKind[] | null | undefined,
    @Arg('from', () => DateTimeISO, { nullable: true, description: 'Only periods that lasted at this time or later.' }) from: string | null | undefined,
    @Arg('to', () => DateTimeISO, { nullable: true, description: 'Only periods that had begun before this time.' }) to: string | null | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
  ): Promise<PeriodOfAccessConnection> {
    const { role, readable } = requirePeriodsOf(context, appIds);
    requireShort('keapId', keapId);
    // Each once, also where the read is recorded.
    const wanted = { roles: roles && [...new Set(roles)], kinds: kinds && [...new Set(kinds)] };
    const filter: PeriodsFilter = { appIds: readable, keapIdNormalized: keapId === null || keapId === undefined ? null : normalizeKeapId(keapId), ...wanted, from, to };
    const { periods } = context.readModels;
    const rows = await pagedAsync(() => periods.page(filter, page));
    if (role === 'AUDITOR') await context.recordRead(auditedRead('periodsOfAccess', null, { appIds, ...wanted, from, to, ...auditedPage(page) }, keapId));
    return new PeriodOfAccessConnection(rows, { source: context.live, count: () => periods.count(filter) });
  }
}

/**
 * Returns in which role the caller may read the periods of access of these apps, and the apps to read; null for all apps.
 * @throws GraphQLError `FORBIDDEN` when they may not read one that they name, or any; `BAD_USER_INPUT` for more than 100 apps.
 */
export function requirePeriodsOf(context: RequestContext, appIds: readonly string[] | null | undefined): { readonly role: 'ADMIN' | 'AUDITOR'; readonly readable: readonly string[] | null } {
  const { visibility, live } = context;
  requireFewApps(appIds);
  if (appIds && appIds.length > 0) {
    const roles = appIds.map((appId) => visibility.requireHistory(appId));
    return { role: roles.includes('AUDITOR') ? 'AUDITOR' : 'ADMIN', readable: appIds };
  }
  if (visibility.historyRole(null) === 'AUDITOR') return { role: 'AUDITOR', readable: appIds ?? null };
  const own = live.models.accountCentral.appIdsOfAdmin(personOf(context.requireCaller()), MAX_APPS + 1).filter((appId) => visibility.historyRole(appId) !== null);
  if (own.length === 0) throw forbidden('Only active admins of an app and auditors can read periods of access.');
  if (own.length > MAX_APPS) throw badUserInput(`You are an admin of more than ${MAX_APPS} apps. Name some of them in "appIds".`);
  return { role: 'ADMIN', readable: appIds ?? own };
}

/** Fields of a period that need a query of their own. */
@Resolver(() => PeriodOfAccess)
export class PeriodOfAccessResolver {
  @FieldResolver(() => User, { description: 'The person, as a user of the app.' })
  user(@Root() period: PeriodOfAccess): Promise<User> {
    return period.person();
  }

  @FieldResolver(() => String, { description: 'Keap ID of the person, as the app shows it.' })
  async keapId(@Root() period: PeriodOfAccess): Promise<string> {
    return (await period.person()).keapId;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Name of the person, as the app shows it. Null when it is not known.' })
  async name(@Root() period: PeriodOfAccess): Promise<string | null> {
    return (await period.person()).name;
  }

  @FieldResolver(() => User, { nullable: true, description: 'The member who invited the person to this stay. Null when nobody of the app did: the person became the owner, was appointed by an operator or imported, or the member has another user by now.' })
  async invitedBy(@Root() { row: { appId, invitedBy }, sources: [source] }: PeriodOfAccess): Promise<User | null> {
    const inviter = invitedBy === null ? undefined : await source.users.load({ appId, userId: invitedBy });
    return inviter === undefined ? null : new User(inviter, source);
  }

  @FieldResolver(() => MembershipEvent, { description: 'The event that began the period: somebody joined, became the owner or was appointed, or their role changed.' })
  async began(@Root() { row: { appId, beganRevision }, sources: [source] }: PeriodOfAccess, @Ctx() { rosterEvents }: RequestContext): Promise<MembershipEvent> {
    return membershipEventOf(await rosterEvents.load({ appId, revision: beganRevision }), source);
  }

  @FieldResolver(() => MembershipEvent, { nullable: true, description: 'The event that ended the period: the person left or was removed, or their role changed. Null while the period lasts.' })
  async ended(@Root() { row: { appId, endedRevision }, sources: [source] }: PeriodOfAccess, @Ctx() { rosterEvents }: RequestContext): Promise<MembershipEvent | null> {
    return endedRevision === null ? null : membershipEventOf(await rosterEvents.load({ appId, revision: endedRevision }), source);
  }
}
