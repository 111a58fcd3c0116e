import { keys, possibleTypes } from '@partner-access/client';
import type { Exchange } from '@urql/core';
import { type Cache, cacheExchange, type Entity } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';

/** Reads what is beyond the first page of Account Central again: a change is delivered with the first page only. */
function forgetFurtherAccounts(cache: Cache, central: Entity | undefined): void {
  for (const { fieldName, arguments: page } of central === undefined ? [] : cache.inspectFields(central)) {
    if (fieldName === 'accounts' && page?.['after'] != null) cache.invalidate(central, fieldName, page);
  }
  const viewer = cache.resolve('Query', 'viewer') as Entity | undefined;
  for (const { fieldName, arguments: one } of viewer == null ? [] : cache.inspectFields(viewer)) {
    if (fieldName === 'account') cache.invalidate(viewer, fieldName, one);
  }
}

const CENTRAL = { leaveApp: 'accountCentral', acceptInvitation: 'accountCentral', declineInvitation: 'accountCentral' } as const;

/** The normalised cache: every object once, under its id, so that each page shows the same. What a list of a page needs beyond that is added here. */
export const createCache = (): Exchange =>
  cacheExchange({
    keys: { ...keys },
    possibleTypes,
    resolvers: { AccountCentral: { accounts: relayPagination() } },
    updates: {
      Mutation: Object.fromEntries(Object.keys(CENTRAL).map((name) => [name, (data, _variables, cache) => {
        forgetFurtherAccounts(cache, (data[name] as { readonly accountCentral?: Entity }).accountCentral);
      }])),
      Subscription: {
        accountCentralChanged: ({ accountCentralChanged }, _variables, cache) => {
          forgetFurtherAccounts(cache, accountCentralChanged as Entity);
        },
      },
    },
  });
