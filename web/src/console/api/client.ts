import { Client, type CombinedError, type Exchange, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { retryExchange } from '@urql/exchange-retry';
import { addressOf } from '../../server';
import type { Session } from '../signIn/session';
import { createCache } from './cache';
import { codeOf, isPassing } from './codes';
import { Connection } from './connection';
import { LastPosition } from './position';
import { Subscriptions } from './subscriptions';

/** How a signed-in person's pages talk to the service. */
export interface Api {
  readonly client: Client;
  readonly connection: Connection;
  readonly close: () => void;
}

/** Pauses between attempts of a query while the server is away, in milliseconds. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

/** An answer that is an error as a whole has null for data. Pages know it as an answer without data. */
const withoutNull = (): Exchange => mapExchange({ onResult: (result) => ({ ...result, data: (result.data as object | null | undefined) ?? undefined }) });

/** Sends queries again while the server is away. */
const untilReached = (): Exchange => retryExchange({
  initialDelayMs: FIRST_PAUSE_MS,
  maxDelayMs: MAX_PAUSE_MS,
  maxNumberAttempts: Infinity,
  retryIf: (error, { kind }) => kind === 'query' && isUnreachable(error),
});

const SETTINGS = { url: addressOf('graphql'), preferGetMethod: false, fetchOptions: { credentials: 'omit', headers: { 'x-client-name': 'console' } } } as const;

/** Adds the token of a session, and replaces one that has ended. */
const signedIn = (session: Session, headers: () => Readonly<Record<string, string>> = () => ({})): Exchange => authExchange((utilities) => Promise.resolve({
  addAuthToOperation: (operation) => utilities.appendHeaders(operation, { authorization: `Bearer ${session.token()}`, ...headers() }),
  didAuthError: ({ graphQLErrors }) => codeOf(graphQLErrors) === 'UNAUTHENTICATED',
  refreshAuth: () => session.renew(),
}));

/** Creates a GraphQL client of a session that keeps no answer, for lists that do not fit into memory. */
export const createPassingClient = (session: Session): Client => new Client({ ...SETTINGS, requestPolicy: 'network-only', exchanges: [withoutNull(), untilReached(), signedIn(session), fetchExchange] });

/** Creates the GraphQL client of somebody who has not signed in. */
export const createPublicClient = (): Client => new Client({ ...SETTINGS, requestPolicy: 'network-only', exchanges: [withoutNull(), untilReached(), fetchExchange] });

const isUnreachable = ({ networkError, graphQLErrors }: CombinedError): boolean => networkError !== undefined || isPassing(graphQLErrors);

/**
 * Creates the GraphQL client of a session. Queries that fail because the server is away are sent again until it is back; mutations are not, since
 * the person decides. A token that has ended is replaced once, and the request repeated.
 */
export function createApi(session: Session): Api {
  const connection = new Connection();
  const position = new LastPosition();
  const subscriptions = new Subscriptions(session, connection);
  const client = new Client({
    ...SETTINGS,
    requestPolicy: 'cache-first',
    exchanges: [
      withoutNull(),
      createCache(),
      mapExchange({ onResult: ({ data }) => { position.note(data as object | null | undefined); } }),
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables = {} }) => ({
          subscribe: (sink) => ({ unsubscribe: subscriptions.subscribe({ query, variables }, sink) }),
        }),
      }),
      untilReached(),
      signedIn(session, () => position.headers),
      mapExchange({ onResult: ({ error }) => { connection.note(error !== undefined && isUnreachable(error)); } }),
      fetchExchange,
    ],
  });
  return {
    client,
    connection,
    close: () => {
      subscriptions.close();
      connection.close();
    },
  };
}
