import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context';
import { User } from '../user/types';
import { Invitation } from './types';

/** Fields of an invitation that need a query of their own. */
@Resolver(() => Invitation)
export class InvitationResolver {
  @FieldResolver(() => User, { nullable: true, description: 'The user who sent the invitation. Null when it was imported.' })
  async invitedBy(@Root() { row: { appId, invitedBy }, source }: Invitation, @Ctx() context: RequestContext): Promise<User | null> {
    if (invitedBy === null) return null;
    context.visibility.requireUsers(appId);
    const row = await source.users.load({ appId, userId: invitedBy });
    return row ? new User(row, source) : null;
  }
}
