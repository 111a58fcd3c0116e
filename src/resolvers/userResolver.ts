import { Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { App } from './app';
import { AssignedContactConnection } from './assignedContactConnection';
import { Invitation } from './invitation';
import { PageArgs } from './pageArgs';
import type { RequestContext } from './requestContext';
import { paged } from './requestErrors';
import { User } from './user';

/** What hangs on a user, read from where the user was read. */
@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => App, { description: 'The app that this is a user of.' })
  async app(@Root() user: User, @Ctx() context: RequestContext): Promise<App> {
    context.visibility.requireApp(user.appId);
    if (user.app) return user.app;
    const row = await user.source.apps.load(user.appId);
    if (!row) throw new Error(`The app of the user ${user.userId} is missing.`);
    return new App(row, user.source);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who invited them last; null for an app\'s owner and for people who were imported.' })
  async invitedBy(@Root() user: User, @Ctx() context: RequestContext): Promise<User | null> {
    if (user.invitedByUserId === null) return null;
    context.visibility.requireUsers(user.appId);
    const row = await user.source.users.load({ appId: user.appId, userId: user.invitedByUserId });
    return row ? new User(row, user.source, user.app) : null;
  }

  @FieldResolver(() => Invitation, { nullable: true, description: 'The latest invitation; null where there never was one.' })
  async invitation(@Root() user: User): Promise<Invitation | null> {
    if (user.invitationId === null) return null;
    const row = await user.source.invitations.load({ appId: user.appId, invitationId: user.invitationId });
    return row ? new Invitation(row) : null;
  }

  @FieldResolver(() => Int, { description: 'How many contacts they look after.' })
  assignedContactCount(@Root() user: User): Promise<number> {
    return user.source.contactCounts.load({ appId: user.appId, userId: user.userId });
  }

  @FieldResolver(() => AssignedContactConnection, { description: 'The contacts that they look after, by contact id.' })
  assignedContacts(@Root() user: User, @Args(() => PageArgs) page: PageArgs): AssignedContactConnection {
    const contacts = paged(() => user.source.models.assignedContacts.contactsPage(user.appId, user.userId, page));
    return new AssignedContactConnection(contacts, user, user.source);
  }
}
