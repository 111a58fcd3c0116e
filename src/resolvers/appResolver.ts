import { Arg, Args, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import type { UserOrder } from '../projections/userListRows';
import { App } from './app';
import { LicenceUsage } from './licenceUsage';
import { badUserInput, paged } from './requestErrors';
import type { RequestContext } from './requestContext';
import { User } from './user';
import { UserConnection } from './userConnection';
import { UsersArgs } from './userInputs';

const BY_NAME: UserOrder = { field: 'NAME', direction: 'ASC' };
const MAX_SEARCH = 254;

/** What hangs on an app. */
@Resolver(() => App)
export class AppResolver {
  @FieldResolver(() => LicenceUsage, { description: 'How many licences the app has and where they are.' })
  async licences(@Root() app: App): Promise<LicenceUsage> {
    return (await app.source.licences.load(app.appId)) ?? { total: 0, used: 0, reserved: 0, available: 0 };
  }

  @FieldResolver(() => User, { nullable: true, description: 'One user of the app, whatever their status; null where there is none with that id.' })
  async user(
    @Root() app: App,
    @Arg('userId', () => ID, { description: 'The user\'s id in this app.' }) userId: string,
    @Ctx() context: RequestContext,
  ): Promise<User | null> {
    context.visibility.requireUsers(app.appId);
    const row = await app.source.users.load({ appId: app.appId, userId });
    return row ? new User(row, app.source, app) : null;
  }

  @FieldResolver(() => UserConnection, { description: 'The app\'s user list: those who are or were in it, and those invited.' })
  users(@Root() app: App, @Args(() => UsersArgs) { filter, orderBy, ...page }: UsersArgs, @Ctx() context: RequestContext): UserConnection {
    context.visibility.requireUsers(app.appId);
    const wanted = filter ?? {};
    if ((wanted.search?.length ?? 0) > MAX_SEARCH) throw badUserInput(`"search" has at most ${MAX_SEARCH} characters.`);
    const position = app.source.position();
    const users = paged(() => app.source.models.userList.usersPage(app.appId, wanted, orderBy ?? BY_NAME, page));
    return new UserConnection(users, app, wanted, position);
  }
}
