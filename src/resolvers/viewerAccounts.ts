import type { AccountRow } from '../projections/accountCentralRows';
import { MAX_PAGE_SIZE } from '../projections/pageArguments';
import type { PersonKey } from '../projections/userListRows';
import { AccountCentral } from './accountCentral';
import { momentOf, type AsOfInput } from './asOfInput';
import type { ReadSource } from './readSource';
import type { RequestContext } from './requestContext';
import { badUserInput } from './requestErrors';
import { personOf } from './visibility';

/** Looking back folds each app's events, so there is an end to how many apps at once. */
const MAX_APPS = 1000;

/**
 * The signed-in person's Account Central, now or as it was. The past shows only apps that they are in now.
 * @throws GraphQLError `UNAUTHENTICATED`; `BAD_USER_INPUT` for an `asOf` that says no moment or is asked over more than 1,000 apps.
 */
export async function viewerAccounts(context: RequestContext, asOf: AsOfInput | null | undefined): Promise<AccountCentral> {
  const person = personOf(context.requireCaller());
  if (!asOf) return new AccountCentral(person, context.live);
  const moment = momentOf(asOf);
  const accounts = allAccounts(person, context.live);
  const source = await context.asOf({
    appIds: accounts.map(({ appId }) => appId),
    labelUserIds: accounts.map(({ userId }) => userId),
    asOf: moment,
  });
  return new AccountCentral(person, source);
}

function allAccounts(person: PersonKey, { models }: ReadSource): AccountRow[] {
  const accounts: AccountRow[] = [];
  let after: string | null = null;
  do {
    const page = models.accountCentral.accountsPage(person, { first: MAX_PAGE_SIZE, after });
    accounts.push(...page.nodes);
    if (accounts.length > MAX_APPS) throw badUserInput(`"asOf" looks at up to ${MAX_APPS.toLocaleString('en')} apps at once, and you are in more. Ask about one app instead.`);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return accounts;
}
