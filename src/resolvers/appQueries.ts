import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql';
import { App } from './app';
import { AppConnection } from './appConnection';
import { AsOfInput, momentOf } from './asOfInput';
import { parseGlobalId, type GlobalKey } from './globalId';
import { auditedPage, auditedRead } from './historyFilter';
import { Invitation } from './invitation';
import { InvitationPreview, previewOf } from './invitationPreview';
import { Node } from './node';
import { PageArgs } from './pageArgs';
import type { RequestContext } from './requestContext';
import { paged } from './requestErrors';
import { guarded } from './tokenGuesses';
import { User } from './user';

/** Longer texts are no token of this service. */
const MAX_TOKEN = 200;

/** Where questions about apps and what is in them begin. */
@Resolver()
export class AppQueries {
  @Query(() => App, { nullable: true, description: 'One app; null when it does not exist or is not the viewer\'s to see.' })
  async app(
    @Arg('appId', () => ID, { description: 'The app\'s own id.' }) appId: string,
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'As it was then, with everything that hangs on it. Who may see it is decided by now.' }) asOf: AsOfInput | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<App | null> {
    const { visibility } = context;
    const moment = asOf ? momentOf(asOf) : null;
    if (!visibility.seesApp(appId)) return null;
    if (visibility.readsAsAuditor(appId)) await context.recordRead(auditedRead('app', appId, { time: asOf?.time, position: asOf?.position }));
    const source = moment ? await context.asOf({ appIds: [appId], asOf: moment }) : context.live;
    const row = await source.apps.load(appId);
    return row ? new App(row, source) : null;
  }

  @Query(() => AppConnection, { description: 'All apps, for operators and auditors.' })
  async apps(@Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): Promise<AppConnection> {
    const { live, visibility } = context;
    visibility.requireEveryApp();
    const apps = paged(() => live.models.userList.appsPage(page));
    if (visibility.readsAsAuditor(null)) await context.recordRead(auditedRead('apps', null, auditedPage(page)));
    return new AppConnection(apps, live);
  }

  @Query(() => InvitationPreview, { nullable: true, description: 'What the link in an invitation shows, also to who is not signed in; null for an unknown token.' })
  async invitation(
    @Arg('token', () => String, { description: 'The token of the link.' }) token: string,
    @Ctx() context: RequestContext,
  ): Promise<InvitationPreview | null> {
    return guarded(context.guesses, async () => (token.length > MAX_TOKEN ? null : previewOf(token, context.live)));
  }

  @Query(() => Node, { nullable: true, description: 'The thing with this id; null when it does not exist or is not the viewer\'s to see.' })
  async node(@Arg('id', () => ID, { description: 'An id over all apps that an answer gave.' }) id: string, @Ctx() context: RequestContext): Promise<Node | null> {
    const { visibility } = context;
    const key = parseGlobalId(id);
    if (!key) return null;
    const isVisible = key.type === 'App' ? visibility.seesApp(key.appId) : visibility.seesUsers(key.appId);
    if (!isVisible) return null;
    if (visibility.readsAsAuditor(key.appId)) await context.recordRead(auditedRead('node', key.appId, { type: key.type, id: key.id }));
    return nodeOf(key, context);
  }
}

async function nodeOf({ type, appId, id }: GlobalKey, { live }: RequestContext): Promise<Node | null> {
  switch (type) {
    case 'App': {
      const row = id === appId ? await live.apps.load(appId) : undefined;
      return row ? new App(row, live) : null;
    }
    case 'User': {
      const row = await live.users.load({ appId, userId: id });
      return row ? new User(row, live) : null;
    }
    case 'Invitation': {
      const row = await live.invitations.load({ appId, invitationId: id });
      return row ? new Invitation(row) : null;
    }
    case 'Account':
      return null;
  }
}
