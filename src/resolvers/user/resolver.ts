import { Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { App } from '../app/types';
import { AssignedContactConnection } from '../contacts/types';
import { Invitation } from '../invitation/types';
import { PageArgs } from '../shared/connection';
import type { RequestContext } from '../context';
import { forbidden, paged } from '../shared/errors';
import { User } from './types';
import type { UserRow } from '../../projections/userList/rows';

/** Fields of a user that need a query of their own. They read from the source that the user was read from. */
@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => App, { description: 'The app that this user belongs to.' })
  async app(@Root() user: User, @Ctx() context: RequestContext): Promise<App> {
    context.visibility.requireApp(user.appId);
    if (context.dryRun && context.visibility.readsAsAuditor(user.appId)) throw forbidden('Auditors read apps by queries, which are recorded; a dry run is not.');
    if (user.app) return user.app;
    const row = await user.source.apps.load(user.appId);
    if (!row) throw new Error(`The app of the user ${user.userId} is missing.`);
    return new App(row, user.source);
  }

  @FieldResolver(() => User, { nullable: true, description: 'The user who sent the latest invitation. Null for the owner of an app and for imported users.' })
  invitedBy(@Root() user: User, @Ctx() context: RequestContext): User | null | Promise<User | null> {
    if (user.invitedByUserId === null) return null;
    context.visibility.requireUsers(user.appId);
    const key = { appId: user.appId, userId: user.invitedByUserId };
    const show = (row: UserRow | undefined): User | null => (row ? new User(row, user.source, user.app) : null);
    // A promise for each row of a page would cost more than everything else about the row.
    const known = user.source.models.userList.knownUser(key);
    return known ? show(known) : user.source.users.load(key).then(show);
  }

  @FieldResolver(() => Invitation, { nullable: true, description: 'The latest invitation of this user. Null when they were never invited.' })
  async invitation(@Root() user: User, @Ctx() context: RequestContext): Promise<Invitation | null> {
    if (user.invitationId === null) return null;
    context.visibility.requireUsers(user.appId);
    const row = await user.source.invitations.load({ appId: user.appId, invitationId: user.invitationId });
    return row ? new Invitation(row, user.source) : null;
  }

  @FieldResolver(() => Int, { description: 'Number of contacts assigned to this user.' })
  assignedContactCount(@Root() user: User, @Ctx() context: RequestContext): Promise<number> {
    context.visibility.requireShown(user);
    return user.source.contactCounts.load({ appId: user.appId, userId: user.userId });
  }

  @FieldResolver(() => AssignedContactConnection, { description: 'The contacts assigned to this user, ordered by contact id.' })
  assignedContacts(@Root() user: User, @Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): AssignedContactConnection {
    context.visibility.requireUsers(user.appId);
    const contacts = paged(() => user.source.models.assignedContacts.contactsPage(user.appId, user.userId, page));
    return new AssignedContactConnection(contacts, user);
  }
}
