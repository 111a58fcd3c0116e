import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { AsOf } from '../../projections/past/asOf';
import type { UserOrder } from '../../projections/userList/rows';
import { App, AppConnection, AppViewer, LicenceUsage } from './types';
import { badUserInput, paged, pagedAsync } from '../shared/errors';
import { guarded, type RequestContext } from '../context';
import { User, UserConnection, UsersArgs } from '../user/types';
import { AsOfInput, momentOf, PageArgs } from '../shared/connection';
import { instanceOf } from '../shared/scalars';
import { auditedPage, auditedRead } from '../shared/auditedRead';
import { InvitationPreview, previewOf } from '../invitation/types';

const BY_NAME: UserOrder = { field: 'NAME', direction: 'ASC' };
const MAX_SEARCH = 254;

/** Fields of an app that need a query of their own. */
@Resolver(() => App)
export class AppResolver {
  @FieldResolver(() => LicenceUsage, { description: 'Licences of the app: how many are used, reserved and available.' })
  async licences(@Root() app: App): Promise<LicenceUsage> {
    return (await app.source.licences.load(app.appId)) ?? { total: 0, used: 0, reserved: 0, available: 0 };
  }

  @FieldResolver(() => AppViewer, { description: 'What the viewer is in this app, and what they may do in it, now.' })
  viewer(@Root() { appId }: App, @Ctx() { live, visibility }: RequestContext): AppViewer {
    const own = visibility.ownUser(appId);
    const user = own?.status === 'ACTIVE' ? new User(own, live) : null;
    return instanceOf(AppViewer, { user, role: user?.role ?? null, kind: user?.kind ?? null, may: visibility.appActions(appId) });
  }

  @FieldResolver(() => User, { nullable: true, description: 'A user of the app by id, whatever their status. Null when the app has no such user.' })
  async user(
    @Root() app: App,
    @Arg('userId', () => ID, { description: 'Id of the user, unique within this app.' }) userId: string,
    @Ctx() context: RequestContext,
  ): Promise<User | null> {
    context.visibility.requireUsers(app.appId);
    const row = await app.source.users.load({ appId: app.appId, userId });
    return row ? new User(row, app.source, app) : null;
  }

  @FieldResolver(() => UserConnection, { description: 'The user list of the app: its current and former users and partners, and everybody who was invited.' })
  users(@Root() app: App, @Args(() => UsersArgs) { filter, orderBy, ...page }: UsersArgs, @Ctx() context: RequestContext): UserConnection | Promise<UserConnection> {
    context.visibility.requireUsers(app.appId);
    const wanted = filter ?? {};
    if ((wanted.search?.length ?? 0) > MAX_SEARCH) throw badUserInput(`"search" is too long: at most ${MAX_SEARCH} characters are allowed.`);
    const position = app.source.position();
    const users = paged(() => app.source.models.userList.usersPage(app.appId, wanted, orderBy ?? BY_NAME, page));
    return users instanceof Promise ? pagedAsync(async () => new UserConnection(await users, app, wanted, position)) : new UserConnection(users, app, wanted, position);
  }
}

/** Most characters of an invitation token. A longer text is not looked up, since no token of this service is longer. */
const MAX_TOKEN = 200;

/** Queries about apps, invitations and objects by global id. */
@Resolver()
export class AppQueries {
  @Query(() => App, { nullable: true, description: 'An app by id. Null when it does not exist or the viewer may not see it.' })
  app(
    @Arg('appId', () => ID, { description: 'Id of the app, for example gx624.' }) appId: string,
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Moment to show the app as of, including all of its fields. Access is decided by the viewer\'s rights now.' }) asOf: AsOfInput | null | undefined,
    @Ctx() context: RequestContext,
  ): App | null | Promise<App | null> {
    const { visibility, live } = context;
    const moment = asOf ? momentOf(asOf) : null;
    if (!visibility.seesApp(appId)) return null;
    if (moment !== null || visibility.readsAsAuditor(appId)) return appInPastOrAudited(appId, moment, context);
    const row = live.models.userList.app(appId);
    return row ? new App(row, live) : null;
  }

  @Query(() => AppConnection, { description: 'All apps. Requires the scope "operator" or "auditor".' })
  async apps(@Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): Promise<AppConnection> {
    const { live, visibility } = context;
    visibility.requireEveryApp();
    const apps = paged(() => live.models.userList.appsPage(page));
    if (visibility.readsAsAuditor(null)) await context.recordRead(auditedRead('apps', null, auditedPage(page)));
    return new AppConnection(apps, live);
  }

  @Query(() => InvitationPreview, { nullable: true, description: 'Preview of an invitation for the person who follows its link. Requires no sign-in and changes nothing. Null when the token is unknown.' })
  async invitation(
    @Arg('token', () => String, { description: 'Token from the invitation link.' }) token: string,
    @Ctx() context: RequestContext,
  ): Promise<InvitationPreview | null> {
    return guarded(context.guesses, async () => (token.length > MAX_TOKEN ? null : previewOf(token, context.live)));
  }
}

/** Reads an app as of a moment or by the scope "auditor". A read by an auditor is recorded first. */
async function appInPastOrAudited(appId: string, moment: AsOf | null, context: RequestContext): Promise<App | null> {
  if (context.visibility.readsAsAuditor(appId)) await context.recordRead(auditedRead('app', appId, { ...moment }));
  const source = moment ? await context.asOf({ appIds: [appId], asOf: moment }) : context.live;
  const row = await source.apps.load(appId);
  return row ? new App(row, source) : null;
}
