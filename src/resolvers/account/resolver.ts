import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { Account, AccountCentral, AccountConnection, LeaveBlocker, ReceivedInvitation, Viewer } from './types';
import { instanceOf } from '../shared/scalars';
import { User, withoutFactsOfApp } from '../user/types';
import { AsOfInput, momentOf, PageArgs } from '../shared/connection';
import { badUserInput, paged } from '../shared/errors';
import type { AsOf } from '../../projections/past/asOf';
import type { AccountRow } from '../../projections/accountCentral/queries';
import { MAX_PAGE_SIZE } from '../../projections/paging/page';
import type { PersonKey } from '../../projections/userList/rows';
import type { ReadModels } from '../../projections/readModels';
import type { RequestContext } from '../context';
import { personOf } from '../shared/visibility';

/** Fields of an account that need a query of their own. They read from the source that the account was read from. */
@Resolver(() => Account)
export class AccountResolver {
  @FieldResolver(() => User, { description: 'The viewer as a user of this app.' })
  async user(@Root() account: Account, @Ctx() { dryRun, visibility }: RequestContext): Promise<User> {
    const row = await account.source.users.load(account);
    if (!row) throw new Error(`The user ${account.userId} of ${account.appId} is missing.`);
    return new User(dryRun && visibility.withholds(account) ? withoutFactsOfApp(row) : row, account.source);
  }

  @FieldResolver(() => String, { description: 'URL at which the app opens.' })
  url(@Root() account: Account, @Ctx() { dryRun, visibility }: RequestContext): string {
    if (dryRun) visibility.requireShown(account);
    return account.url;
  }

  @FieldResolver(() => Int, { description: 'Number of contacts assigned to the viewer in this app.' })
  assignedContactCount(@Root() account: Account): Promise<number> {
    return account.source.contactCounts.load(account);
  }

  @FieldResolver(() => Boolean, { description: 'Whether `leaveApp` would succeed for the viewer now.' })
  async canLeave(@Root() account: Account): Promise<boolean> {
    return account.kind === 'PARTNER' && (await account.source.contactCounts.load(account)) === 0;
  }

  @FieldResolver(() => [LeaveBlocker], { description: 'Reasons why the viewer cannot leave the app. Empty when they can.' })
  async leaveBlockers(@Root() account: Account): Promise<LeaveBlocker[]> {
    if (account.kind === 'PARTNER') return contactsLeft(await account.source.contactCounts.load(account));
    const blockers = [notAPartner()];
    if (account.role === 'ADMIN' && (await account.source.adminCounts.load(account.appId)) <= 1) blockers.push(lastAdmin());
    return blockers;
  }
}

function contactsLeft(count: number): LeaveBlocker[] {
  if (count === 0) return [];
  const contacts = count === 1 ? 'One contact is' : `${count.toLocaleString('en')} contacts are`;
  return [instanceOf(LeaveBlocker, { code: 'HAS_ASSIGNED_CONTACTS', message: `${contacts} still assigned to you. Ask an admin of the app to reassign them.`, count })];
}

const notAPartner = (): LeaveBlocker =>
  instanceOf(LeaveBlocker, { code: 'NOT_A_PARTNER', message: 'Only partners can leave an app. Ask an admin of the app to remove you.', count: null });

const lastAdmin = (): LeaveBlocker =>
  instanceOf(LeaveBlocker, { code: 'LAST_ADMIN', message: 'You are the last admin among the users of this app. Make another user an admin first.', count: null });

/** The lists of Account Central. */
@Resolver(() => AccountCentral)
export class AccountCentralResolver {
  @FieldResolver(() => AccountConnection, { description: 'The apps in which the viewer is an active user or partner, ordered by label.' })
  accounts(@Root() central: AccountCentral, @Args(() => PageArgs) page: PageArgs): AccountConnection {
    return new AccountConnection(paged(() => central.source.models.accountCentral.accountsPage(central.person, page)), central);
  }

  @FieldResolver(() => [ReceivedInvitation], { description: 'Open invitations addressed to the viewer\'s Keap ID.' })
  invitations(@Root() { person, source }: AccountCentral): readonly ReceivedInvitation[] {
    return source.models.accountCentral.receivedInvitations(person).map((row) => new ReceivedInvitation(row, source));
  }
}

/** Most apps for which the past of Account Central is read, since the events of each are replayed. More are refused with `BAD_USER_INPUT`. */
const MAX_APPS = 1000;

/**
 * Account Central of the signed-in person, now or in the past. The past shows only apps that they are in now.
 * @throws GraphQLError `UNAUTHENTICATED`; `BAD_USER_INPUT` when they are in more than 1,000 apps and a moment is given.
 */
export async function viewerAccounts(context: RequestContext, moment: AsOf | null): Promise<AccountCentral> {
  const person = personOf(context.requireCaller());
  if (!moment) return new AccountCentral(person, context.live);
  const accounts = allAccounts(person, context.live.models.accountCentral);
  const source = await context.asOf({
    appIds: accounts.map(({ appId }) => appId),
    labelUserIds: accounts.map(({ userId }) => userId),
    asOf: moment,
  });
  return new AccountCentral(person, source);
}

/** Reads all accounts of a person. @throws GraphQLError `BAD_USER_INPUT` for more than 1,000. */
function allAccounts(person: PersonKey, accountCentral: ReadModels['accountCentral']): AccountRow[] {
  const accounts: AccountRow[] = [];
  let after: string | null = null;
  do {
    const page = accountCentral.accountsPage(person, { first: MAX_PAGE_SIZE, after });
    accounts.push(...page.nodes);
    if (accounts.length > MAX_APPS) throw badUserInput(`"asOf" is available for people in up to ${MAX_APPS.toLocaleString('en')} apps, and you are in more. Query one app with "asOf" instead.`);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return accounts;
}

/** Queries about the signed-in person. */
@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { description: 'The person who is signed in.' })
  viewer(@Ctx() context: RequestContext): Viewer {
    return new Viewer(context.requireCaller());
  }

  @FieldResolver(() => AccountCentral, { name: 'accountCentral', description: 'Account Central of the viewer.' })
  ownAccountCentral(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Moment to show Account Central as of. Only apps that the viewer is in now are shown.' }) asOf: AsOfInput | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AccountCentral> {
    return viewerAccounts(context, asOf ? momentOf(asOf) : null);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'An app in the Account Central of the viewer. Null when the viewer is not active in an app with this id.' })
  account(@Arg('appId', () => ID, { description: 'Id of the app, for example gx624.' }) appId: string, @Ctx() context: RequestContext): Account | null {
    const row = context.live.models.accountCentral.account(personOf(context.requireCaller()), appId);
    return row ? new Account(row, context.live) : null;
  }

  @Query(() => AccountCentral, { description: 'Account Central of the viewer.' })
  async accountCentral(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Moment to show Account Central as of. Only apps that the viewer is in now are shown.' }) asOf: AsOfInput | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AccountCentral> {
    context.requireCaller();
    return viewerAccounts(context, asOf ? momentOf(asOf) : null);
  }
}
