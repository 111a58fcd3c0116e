import { Environment, Network, RecordSource, Store, type GraphQLResponse } from 'relay-runtime';

/** A Relay environment of somebody with this token. */
export function environmentOf(url: string, token: string): Environment {
  const network = Network.create(async ({ text }, variables): Promise<GraphQLResponse> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: text, variables }),
    });
    return (await response.json()) as GraphQLResponse;
  });
  return new Environment({ network, store: new Store(new RecordSource()) });
}
