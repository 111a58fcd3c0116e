import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, Observable, type ApolloCache } from '@apollo/client/core';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode, print } from 'graphql';
import { from, switchMap, tap } from 'rxjs';
import { textOfDeparture, textOfInvite, textOfReply } from './answers';
import { codeOf, hashOf, LastPosition, Subscriptions, type Connection } from './connection';
import * as operations from './generated/graphql';
import { listOf, rowsOf, withUser } from './userList';

/** What a front end does with the service, through Apollo Client. */
export class ApolloFrontEnd {
  readonly #client: ApolloClient;
  readonly #subscriptions: Subscriptions;

  constructor(connection: Connection) {
    this.#subscriptions = new Subscriptions(connection);
    this.#client = new ApolloClient({ cache: createCache(), link: createLink(connection, this.#subscriptions) });
  }

  /** Returns the user list: as far as it was read, or as it was at a time. */
  async users(appId: string, time?: string): Promise<readonly operations.UserRowFragment[]> {
    const variables = { ...listOf(appId), ...(time === undefined ? {} : { asOf: { time } }) };
    return rowsOf((await this.#client.query({ query: operations.UserListDocument, variables })).data);
  }

  /** Reads the next page of the user list. */
  async moreUsers(appId: string): Promise<void> {
    const list = this.#client.watchQuery({ query: operations.UserListDocument, variables: listOf(appId) });
    const page = list.subscribe(() => {});
    await list.fetchMore({ variables: { after: list.getCurrentResult().data?.app?.users?.pageInfo?.endCursor ?? null } });
    page.unsubscribe();
  }

  /** Keeps the user list up to date until the returned function is called. */
  followUsers(appId: string): () => void {
    const changes = this.#client.subscribe({ query: operations.UsersChangedDocument, variables: { appId } });
    const following = changes.subscribe(({ data }) => {
      if (data) applyUser(this.#client.cache, appId, data.appUsersChanged.user);
    });
    return () => {
      following.unsubscribe();
    };
  }

  /** Invites a partner. Returns a text for the admin. */
  async invite(appId: string, keapId: string): Promise<string> {
    const { data } = await this.#client.mutate({
      mutation: operations.InvitePartnerDocument,
      variables: { input: { appId, keapId, role: 'STANDARD', idempotencyKey: crypto.randomUUID() } },
      update: (cache, { data }) => {
        if (data?.invitePartner.__typename === 'InvitePartnerSuccess') applyUser(cache, appId, data.invitePartner.user);
      },
    });
    return textOfInvite(data?.invitePartner);
  }

  /** Removes a user, whose contacts go to another one. Returns a text for the admin. */
  async remove(appId: string, userId: string, reassignContactsTo: string | null): Promise<string> {
    const { data } = await this.#client.mutate({
      mutation: operations.RemoveUserDocument,
      variables: { input: { appId, userId, reassignContactsTo } },
      update: (cache, { data }) => {
        if (data?.removeUser.__typename === 'RemoveUserSuccess') applyUser(cache, appId, data.removeUser.user);
      },
    });
    return textOfDeparture(data?.removeUser);
  }

  /** Returns the person's Account Central. */
  async accountCentral(): Promise<operations.CentralViewFragment | undefined> {
    return (await this.#client.query({ query: operations.AccountCentralDocument })).data?.accountCentral;
  }

  /** Keeps Account Central up to date until the returned function is called. */
  followAccountCentral(): () => void {
    const following = this.#client.subscribe({ query: operations.AccountCentralChangedDocument }).subscribe();
    return () => {
      following.unsubscribe();
    };
  }

  async accept(appId: string, invitationId: string): Promise<string> {
    const { data } = await this.#client.mutate({ mutation: operations.AcceptInvitationDocument, variables: { input: { appId, invitationId } } });
    return textOfReply(data?.acceptInvitation);
  }

  async decline(appId: string, invitationId: string): Promise<string> {
    const { data } = await this.#client.mutate({ mutation: operations.DeclineInvitationDocument, variables: { input: { appId, invitationId } } });
    return textOfReply(data?.declineInvitation);
  }

  /** Leaves an app. Returns a text for the partner. */
  async leave(appId: string): Promise<string> {
    const { data } = await this.#client.mutate({ mutation: operations.LeaveAppDocument, variables: { input: { appId, confirmAppId: appId } } });
    return textOfDeparture(data?.leaveApp);
  }

  /** Renames an app in Account Central. The new label shows at once. When it is refused, the earlier one shows again. */
  async setLabel({ id, appId }: { readonly id: string; readonly appId: string }, label: string): Promise<void> {
    await this.#client.mutate({
      mutation: operations.SetAccountLabelDocument,
      variables: { input: { appId, label } },
      optimisticResponse: { __typename: 'Mutation', setAccountLabel: { __typename: 'SetAccountLabelSuccess', position: '', account: { __typename: 'Account', id, label } } },
    });
  }

  async close(): Promise<void> {
    this.#client.stop();
    await this.#subscriptions.close();
  }
}

/** Objects are cached by their `id`, as is usual. Pages of the user list are put together. */
const createCache = (): InMemoryCache => new InMemoryCache({ typePolicies: { App: { fields: { users: relayStylePagination(['filter', 'orderBy']) } } } });

function applyUser(cache: ApolloCache, appId: string, user: operations.UserRowFragment): void {
  cache.updateQuery({ query: operations.UserListDocument, variables: listOf(appId) }, (data) => data?.app && { ...data, app: { ...data.app, users: withUser(data.app.users, user) } });
}

function createLink({ url, signIn, byHash }: Connection, subscriptions: Subscriptions): ApolloLink {
  const position = new LastPosition();
  const retryWithNewToken = new ErrorLink(({ error, operation, forward }) => {
    if (!CombinedGraphQLErrors.is(error) || codeOf(error.errors) !== 'UNAUTHENTICATED') return undefined;
    return from(signIn.refresh()).pipe(switchMap(() => forward(operation)));
  });
  const headers = new SetContextLink(() => ({ headers: { authorization: `Bearer ${signIn.token()}`, ...position.headers } }));
  const notePosition = new ApolloLink((operation, forward) => forward(operation).pipe(tap(({ data }) => { position.note(data); })));
  const http = new HttpLink({ uri: url });
  const hashes = new PersistedQueryLink({ generateHash: (document) => hashOf(document).replace('sha256:', '') });
  const live = new ApolloLink(
    ({ query, variables }) =>
      new Observable((observer) => subscriptions.subscribe(byHash ? { query: '', documentId: hashOf(query), variables } : { query: print(query), variables }, observer)),
  );
  return ApolloLink.from([
    notePosition,
    ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, live, ApolloLink.from([retryWithNewToken, headers, ...(byHash ? [hashes] : []), http])),
  ]);
}
