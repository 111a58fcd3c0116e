import { Client, fetchExchange, makeOperation, mapExchange, subscriptionExchange, type Exchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { cacheExchange, type Cache } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { textOfDeparture, textOfInvite, textOfReply } from './answers';
import { codeOf, hashOf, LastPosition, Subscriptions, type Connection } from './connection';
import * as operations from './generated/graphql';
import { schema } from './generated/schema';
import { listOf, rowsOf, withUser } from './userList';

/** What a front end does with the service, through urql and its normalized cache. */
export class UrqlFrontEnd {
  readonly #client: Client;
  readonly #subscriptions: Subscriptions;

  constructor(connection: Connection) {
    this.#subscriptions = new Subscriptions(connection);
    this.#client = new Client({ url: connection.url, preferGetMethod: false, exchanges: createExchanges(connection, this.#subscriptions) });
  }

  /** Returns the user list: as far as it was read, or as it was at a time. */
  async users(appId: string, time?: string): Promise<readonly operations.UserRowFragment[]> {
    const variables = { ...listOf(appId), ...(time === undefined ? {} : { asOf: { time } }) };
    return rowsOf((await this.#client.query(operations.UserListDocument, variables)).data);
  }

  /** Reads the next page of the user list. */
  async moreUsers(appId: string): Promise<void> {
    const { data } = await this.#client.query(operations.UserListDocument, listOf(appId));
    await this.#client.query(operations.UserListDocument, { ...listOf(appId), after: data?.app?.users.pageInfo.endCursor ?? null });
  }

  /** Keeps the user list up to date until the returned function is called. */
  followUsers(appId: string): () => void {
    const following = this.#client.subscription(operations.UsersChangedDocument, { appId }).subscribe(() => {});
    return () => {
      following.unsubscribe();
    };
  }

  /** Invites a partner. Returns a text for the admin. */
  async invite(appId: string, keapId: string): Promise<string> {
    const input = { appId, keapId, role: 'STANDARD' as const, idempotencyKey: crypto.randomUUID() };
    return textOfInvite((await this.#client.mutation(operations.InvitePartnerDocument, { input })).data?.invitePartner);
  }

  /** Removes a user, whose contacts go to another one. Returns a text for the admin. */
  async remove(appId: string, userId: string, reassignContactsTo: string | null): Promise<string> {
    return textOfDeparture((await this.#client.mutation(operations.RemoveUserDocument, { input: { appId, userId, reassignContactsTo } })).data?.removeUser);
  }

  /** Returns the person's Account Central. */
  async accountCentral(): Promise<operations.CentralViewFragment | undefined> {
    return (await this.#client.query(operations.AccountCentralDocument, {})).data?.accountCentral;
  }

  /** Keeps Account Central up to date until the returned function is called. */
  followAccountCentral(): () => void {
    const following = this.#client.subscription(operations.AccountCentralChangedDocument, {}).subscribe(() => {});
    return () => {
      following.unsubscribe();
    };
  }

  async accept(appId: string, invitationId: string): Promise<string> {
    return textOfReply((await this.#client.mutation(operations.AcceptInvitationDocument, { input: { appId, invitationId } })).data?.acceptInvitation);
  }

  async decline(appId: string, invitationId: string): Promise<string> {
    return textOfReply((await this.#client.mutation(operations.DeclineInvitationDocument, { input: { appId, invitationId } })).data?.declineInvitation);
  }

  /** Leaves an app. Returns a text for the partner. */
  async leave(appId: string): Promise<string> {
    return textOfDeparture((await this.#client.mutation(operations.LeaveAppDocument, { input: { appId, confirmAppId: appId } })).data?.leaveApp);
  }

  /** Renames an app in Account Central. The new label shows at once. When it is refused, the earlier one shows again. */
  async setLabel({ id, appId }: { readonly id: string; readonly appId: string }, label: string): Promise<void> {
    await this.#client.mutation(operations.SetAccountLabelDocument, { input: { appId, label } }, { accountId: id });
  }

  async close(): Promise<void> {
    await this.#subscriptions.close();
  }
}

/** Types without an `id`, which the cache keeps within the object that they belong to. */
const EMBEDDED = ['UserConnection', 'UserEdge', 'AccountConnection', 'PageInfo', 'UserChange'];

/** Objects are cached by their `id`, as is usual. Pages of the user list are put together. */
const createCache = (): Exchange =>
  cacheExchange({
    schema,
    keys: Object.fromEntries(EMBEDDED.map((type) => [type, () => null])),
    resolvers: { App: { users: relayPagination() } },
    updates: {
      Mutation: {
        invitePartner: ({ invitePartner: answer }: operations.InvitePartnerMutation, { input }: operations.InvitePartnerMutationVariables, cache) => {
          if (answer.__typename === 'InvitePartnerSuccess') applyUser(cache, input.appId, answer.user);
        },
        removeUser: ({ removeUser: answer }: operations.RemoveUserMutation, { input }: operations.RemoveUserMutationVariables, cache) => {
          if (answer.__typename === 'RemoveUserSuccess') applyUser(cache, input.appId, answer.user);
        },
      },
      Subscription: {
        appUsersChanged: ({ appUsersChanged: { user } }: operations.UsersChangedSubscription, { appId }: operations.UsersChangedSubscriptionVariables, cache) => {
          applyUser(cache, appId, user);
        },
      },
    },
    optimistic: {
      setAccountLabel: ({ input }: operations.SetAccountLabelMutationVariables, cache) => {
        const account = cache.readQuery({ query: operations.AccountCentralDocument })?.accountCentral.accounts.nodes.find(({ appId }) => appId === input.appId);
        return account ? { __typename: 'SetAccountLabelSuccess', position: '', account: { ...account, label: input.label } } : null;
      },
    },
  });

/** Applies a change of one user to each cached page of the live list. Where pages overlap, the cache shows a user once. */
function applyUser(cache: Cache, appId: string, user: operations.UserRowFragment): void {
  const query = operations.UserListDocument;
  const app = cache.readQuery({ query, variables: listOf(appId) })?.app;
  for (const { fieldName, arguments: page } of app ? cache.inspectFields(app) : []) {
    if (fieldName !== 'users') continue;
    const after = (page?.['after'] ?? null) as string | null;
    const variables = { ...listOf(appId), ...(after === null ? {} : { after }) };
    cache.updateQuery({ query, variables }, (data) => (data?.app ? { ...data, app: { ...data.app, users: withUser(data.app.users, user) } } : data));
  }
}

function createExchanges({ signIn, byHash }: Connection, subscriptions: Subscriptions): Exchange[] {
  const position = new LastPosition();
  const notePosition = mapExchange({
    onResult: ({ data }) => {
      position.note(data as object | undefined);
    },
  });
  const retryWithNewToken = authExchange((utilities) =>
    Promise.resolve({
      addAuthToOperation: (operation) => utilities.appendHeaders(operation, { authorization: `Bearer ${signIn.token()}`, ...position.headers }),
      didAuthError: ({ graphQLErrors }) => codeOf(graphQLErrors) === 'UNAUTHENTICATED',
      refreshAuth: () => signIn.refresh(),
    }),
  );
  const hashes = mapExchange({
    onOperation: (operation) => {
      const persistedQuery = { version: 1 as const, sha256Hash: hashOf(operation.query).replace('sha256:', '') };
      return makeOperation(operation.kind, { ...operation, extensions: { persistedQuery } }, operation.context);
    },
  });
  const live = subscriptionExchange({
    forwardSubscription: ({ query, variables = {} }, operation) => ({
      subscribe: (sink) => ({ unsubscribe: subscriptions.subscribe(byHash ? { query: '', documentId: hashOf(operation.query), variables } : { query: query ?? '', variables }, sink) }),
    }),
  });
  return [createCache(), ...(byHash ? [hashes] : []), notePosition, live, retryWithNewToken, fetchExchange];
}
