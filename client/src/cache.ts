import { typesWithoutId } from './__generated__/tables.js';

export { possibleTypes, typesWithoutId } from './__generated__/tables.js';

/** Type policies for the `InMemoryCache` of Apollo Client: a type without an id is stored inside the object that it is read from. */
export const typePolicies: Readonly<Record<string, { readonly keyFields: false }>> = ofEach({ keyFields: false });

/** Keys for the `cacheExchange` of urql's graphcache: a type without an id is stored inside the object that it is read from. */
export const keys: Readonly<Record<string, () => null>> = ofEach(() => null);

function ofEach<T>(value: T): Readonly<Record<string, T>> {
  return Object.fromEntries(typesWithoutId.map((name) => [name, value]));
}
