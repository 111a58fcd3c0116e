import { Args, FieldResolver, Resolver, Root } from 'type-graphql';
import { AccountCentral, AccountConnection, ReceivedInvitation } from './accountCentral';
import { PageArgs } from './pageArgs';
import { paged } from './requestErrors';

/** The two lists of Account Central. */
@Resolver(() => AccountCentral)
export class AccountCentralResolver {
  @FieldResolver(() => AccountConnection, { description: 'The apps that the viewer is an active user or partner of, by label.' })
  accounts(@Root() { person, source }: AccountCentral, @Args(() => PageArgs) page: PageArgs): AccountConnection {
    return new AccountConnection(paged(() => source.models.accountCentral.accountsPage(person, page)), person, source);
  }

  @FieldResolver(() => [ReceivedInvitation], { description: 'Open invitations addressed to the viewer.' })
  invitations(@Root() { person, source }: AccountCentral): readonly ReceivedInvitation[] {
    return source.models.accountCentral.receivedInvitations(person);
  }
}
