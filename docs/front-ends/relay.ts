import {
  commitMutation,
  ConnectionHandler,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getRequest,
  graphql,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
  type GraphQLResponse,
  type GraphQLTaggedNode,
  type MutationConfig,
  type MutationParameters,
  type OperationType,
  type RecordProxy,
  type RecordSourceProxy,
  type RequestParameters,
  type Variables,
} from 'relay-runtime';
import { textOfDeparture, textOfInvite, textOfReply } from './answers';
import { codeOf, LastPosition, Subscriptions, type Connection } from './connection';
import userListQuery, { type relayUserListQuery } from './generated/relay/relayUserListQuery.graphql';
import usersChangedSubscription, { type relayUsersChangedSubscription } from './generated/relay/relayUsersChangedSubscription.graphql';
import accountCentralQuery, { type relayAccountCentralQuery } from './generated/relay/relayAccountCentralQuery.graphql';
import accountCentralChangedSubscription, { type relayAccountCentralChangedSubscription } from './generated/relay/relayAccountCentralChangedSubscription.graphql';
import invitePartnerMutation, { type relayInvitePartnerMutation } from './generated/relay/relayInvitePartnerMutation.graphql';
import acceptInvitationMutation, { type relayAcceptInvitationMutation } from './generated/relay/relayAcceptInvitationMutation.graphql';
import declineInvitationMutation, { type relayDeclineInvitationMutation } from './generated/relay/relayDeclineInvitationMutation.graphql';
import leaveAppMutation, { type relayLeaveAppMutation } from './generated/relay/relayLeaveAppMutation.graphql';
import removeUserMutation, { type relayRemoveUserMutation } from './generated/relay/relayRemoveUserMutation.graphql';
import setAccountLabelMutation, { type relaySetAccountLabelMutation } from './generated/relay/relaySetAccountLabelMutation.graphql';
import { listOf } from './userList';

/** The operations, for Relay's compiler. With `babel-plugin-relay` or `vite-plugin-relay` they stand where they are used, and need no imports. */
export const operations = (): readonly unknown[] => [
  graphql`
    fragment relayUserRow on User {
      id
      userId
      keapId
      name
      kind
      role
      status
      assignedContactCount
    }
  `,
  graphql`
    fragment relayAccountRow on Account {
      id
      appId
      label
      role
      canLeave
    }
  `,
  graphql`
    fragment relayCentralView on AccountCentral {
      id
      accounts(first: 200) {
        nodes {
          ...relayAccountRow @relay(mask: false)
        }
      }
      invitations {
        id
        invitationId
        appId
        accountName
        role
      }
    }
  `,
  graphql`
    query relayUserListQuery($appId: ID!, $asOf: AsOf, $first: Int!, $after: String) {
      app(appId: $appId, asOf: $asOf) {
        id
        accountName
        users(first: $first, after: $after, orderBy: { field: KEAP_ID, direction: ASC }) @connection(key: "relay_users") {
          edges {
            cursor
            node {
              ...relayUserRow @relay(mask: false)
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  `,
  graphql`
    subscription relayUsersChangedSubscription($appId: ID!) {
      appUsersChanged(appId: $appId) {
        position
        user {
          ...relayUserRow @relay(mask: false)
        }
      }
    }
  `,
  graphql`
    query relayAccountCentralQuery {
      accountCentral {
        ...relayCentralView @relay(mask: false)
      }
    }
  `,
  graphql`
    subscription relayAccountCentralChangedSubscription {
      accountCentralChanged {
        ...relayCentralView @relay(mask: false)
      }
    }
  `,
  graphql`
    mutation relayInvitePartnerMutation($input: InvitePartnerInput!) {
      invitePartner(input: $input) {
        __typename
        ... on InvitePartnerSuccess {
          position
          user {
            ...relayUserRow @relay(mask: false)
          }
        }
        ... on AlreadyInvited {
          message
          expiresAt
        }
        ... on RateLimited {
          message
          retryAfterSeconds
        }
        ... on Rejection {
          message
          code
          field
        }
      }
    }
  `,
  graphql`
    mutation relayAcceptInvitationMutation($input: AcceptInvitationInput!) {
      acceptInvitation(input: $input) {
        __typename
        ... on AcceptInvitationSuccess {
          position
          accountCentral {
            ...relayCentralView @relay(mask: false)
          }
        }
        ... on WrongRecipient {
          message
          maskedKeapId
        }
        ... on Rejection {
          message
          code
        }
      }
    }
  `,
  graphql`
    mutation relayDeclineInvitationMutation($input: AcceptInvitationInput!) {
      declineInvitation(input: $input) {
        __typename
        ... on DeclineInvitationSuccess {
          position
          accountCentral {
            ...relayCentralView @relay(mask: false)
          }
        }
        ... on WrongRecipient {
          message
          maskedKeapId
        }
        ... on Rejection {
          message
          code
        }
      }
    }
  `,
  graphql`
    mutation relayLeaveAppMutation($input: LeaveAppInput!) {
      leaveApp(input: $input) {
        __typename
        ... on LeaveAppSuccess {
          position
          appId
          accountCentral {
            ...relayCentralView @relay(mask: false)
          }
        }
        ... on HasAssignedContacts {
          message
          count
          sample
        }
        ... on Rejection {
          message
          code
        }
      }
    }
  `,
  graphql`
    mutation relayRemoveUserMutation($input: RemoveUserInput!) {
      removeUser(input: $input) {
        __typename
        ... on RemoveUserSuccess {
          position
          user {
            ...relayUserRow @relay(mask: false)
          }
          reassignedTo {
            ...relayUserRow @relay(mask: false)
          }
        }
        ... on HasAssignedContacts {
          message
          count
          sample
        }
        ... on Rejection {
          message
          code
        }
      }
    }
  `,
  graphql`
    mutation relaySetAccountLabelMutation($input: SetAccountLabelInput!) @raw_response_type {
      setAccountLabel(input: $input) {
        __typename
        ... on SetAccountLabelSuccess {
          position
          account {
            id
            label
          }
        }
        ... on Rejection {
          message
          code
        }
      }
    }
  `,
];

type UserRow = NonNullable<relayUserListQuery['response']['app']>['users']['edges'][number]['node'];

/** What a front end does with the service, through Relay. */
export class RelayFrontEnd {
  readonly #environment: Environment;
  readonly #subscriptions: Subscriptions;

  constructor(connection: Connection) {
    this.#subscriptions = new Subscriptions(connection);
    this.#environment = createEnvironment(connection, this.#subscriptions);
  }

  /** Returns the user list: as far as it was read, or as it was at a time. */
  async users(appId: string, time?: string): Promise<readonly UserRow[]> {
    const variables = { ...listOf(appId), ...(time === undefined ? {} : { asOf: { time } }) };
    return (await this.#query<relayUserListQuery>(userListQuery, variables))?.app?.users.edges.map(({ node }) => node) ?? [];
  }

  /** Reads the next page of the user list. */
  async moreUsers(appId: string): Promise<void> {
    const read = await this.#query<relayUserListQuery>(userListQuery, listOf(appId));
    await this.#query<relayUserListQuery>(userListQuery, { ...listOf(appId), after: read?.app?.users.pageInfo.endCursor ?? null });
  }

  /** Keeps the user list up to date until the returned function is called. */
  followUsers(appId: string): () => void {
    const following = requestSubscription<relayUsersChangedSubscription>(this.#environment, {
      subscription: usersChangedSubscription,
      variables: { appId },
      updater: (store) => {
        applyUser(store, appId, store.getRootField('appUsersChanged').getLinkedRecord('user'));
      },
    });
    return () => {
      following.dispose();
    };
  }

  /** Invites a partner. Returns a text for the admin. */
  async invite(appId: string, keapId: string): Promise<string> {
    const input = { appId, keapId, role: 'STANDARD' as const, idempotencyKey: crypto.randomUUID() };
    const { invitePartner } = await this.#mutate<relayInvitePartnerMutation>(invitePartnerMutation, { input }, {
      updater: (store) => {
        applyUser(store, appId, (store.getRootField('invitePartner') as RecordProxy).getLinkedRecord('user'));
      },
    });
    return textOfInvite(invitePartner);
  }

  /** Removes a user, whose contacts go to another one. Returns a text for the admin. */
  async remove(appId: string, userId: string, reassignContactsTo: string | null): Promise<string> {
    const input = { appId, userId, reassignContactsTo };
    const { removeUser } = await this.#mutate<relayRemoveUserMutation>(removeUserMutation, { input }, {
      updater: (store) => {
        applyUser(store, appId, (store.getRootField('removeUser') as RecordProxy).getLinkedRecord('user'));
      },
    });
    return textOfDeparture(removeUser);
  }

  /** Returns the person's Account Central. */
  async accountCentral(): Promise<relayAccountCentralQuery['response']['accountCentral'] | undefined> {
    return (await this.#query<relayAccountCentralQuery>(accountCentralQuery, {}))?.accountCentral;
  }

  /** Keeps Account Central up to date until the returned function is called. */
  followAccountCentral(): () => void {
    const following = requestSubscription<relayAccountCentralChangedSubscription>(this.#environment, { subscription: accountCentralChangedSubscription, variables: {} });
    return () => {
      following.dispose();
    };
  }

  async accept(appId: string, invitationId: string): Promise<string> {
    return textOfReply((await this.#mutate<relayAcceptInvitationMutation>(acceptInvitationMutation, { input: { appId, invitationId } })).acceptInvitation);
  }

  async decline(appId: string, invitationId: string): Promise<string> {
    return textOfReply((await this.#mutate<relayDeclineInvitationMutation>(declineInvitationMutation, { input: { appId, invitationId } })).declineInvitation);
  }

  /** Leaves an app. Returns a text for the partner. */
  async leave(appId: string): Promise<string> {
    return textOfDeparture((await this.#mutate<relayLeaveAppMutation>(leaveAppMutation, { input: { appId, confirmAppId: appId } })).leaveApp);
  }

  /** Renames an app in Account Central. The new label shows at once. When it is refused, the earlier one shows again. */
  async setLabel({ id, appId }: { readonly id: string; readonly appId: string }, label: string): Promise<void> {
    const optimisticResponse = { setAccountLabel: { __typename: 'SetAccountLabelSuccess' as const, position: '', account: { id, label } } };
    await this.#mutate<relaySetAccountLabelMutation>(setAccountLabelMutation, { input: { appId, label } }, { optimisticResponse });
  }

  async close(): Promise<void> {
    await this.#subscriptions.close();
  }

  /** Reads from the store what it has, and the rest from the service. Keeps the result in the store. */
  #query<TQuery extends OperationType>(query: GraphQLTaggedNode, variables: TQuery['variables'] & Variables): Promise<TQuery['response'] | undefined> {
    this.#environment.retain(createOperationDescriptor(getRequest(query), variables));
    return fetchQuery<TQuery>(this.#environment, query, variables, { fetchPolicy: 'store-or-network' }).toPromise();
  }

  #mutate<TMutation extends MutationParameters>(
    mutation: GraphQLTaggedNode,
    variables: TMutation['variables'],
    cache: Pick<MutationConfig<TMutation>, 'updater' | 'optimisticResponse'> = {},
  ): Promise<TMutation['response']> {
    return new Promise((resolve, reject) => {
      commitMutation<TMutation>(this.#environment, { ...cache, mutation, variables, onCompleted: resolve, onError: reject });
    });
  }
}

/** Returns a linked record, which the store may not have. */
const linked = (record: RecordProxy, field: string, args?: Variables): RecordProxy | null | undefined => record.getLinkedRecord(field, args);

/** Applies a change of one user to the user list, as `withUser` does for the other clients. */
function applyUser(store: RecordSourceProxy, appId: string, user: RecordProxy | null | undefined): void {
  const app = linked(store.getRoot(), 'app', { appId });
  const users = app && ConnectionHandler.getConnection(app, 'relay_users', { orderBy: { field: 'KEAP_ID', direction: 'ASC' } });
  if (!user || !users) return;
  const nodeOf = (edge: RecordProxy): RecordProxy | null | undefined => linked(edge, 'node');
  const edges: readonly RecordProxy[] = users.getLinkedRecords('edges');
  const others = edges.filter((edge) => nodeOf(edge)?.getDataID() !== user.getDataID());
  const isListed = ['ACTIVE', 'INVITED'].includes(String(user.getValue('status')));
  const next = others.findIndex((edge) => String(nodeOf(edge)?.getValue('keapId')) > String(user.getValue('keapId')));
  const isBeyond = next < 0 && linked(users, 'pageInfo')?.getValue('hasNextPage') === true;
  const index = next < 0 ? others.length : next;
  const added = isListed && !isBeyond ? [edges.find((edge) => nodeOf(edge)?.getDataID() === user.getDataID()) ?? ConnectionHandler.createEdge(store, users, user, 'UserEdge')] : [];
  users.setLinkedRecords([...others.slice(0, index), ...added, ...others.slice(index)], 'edges');
}

function createEnvironment({ url, signIn, byHash }: Connection, subscriptions: Subscriptions): Environment {
  const position = new LastPosition();
  const operationOf = ({ id, text }: RequestParameters): { query: string; documentId?: string } => (byHash && id ? { query: '', documentId: `sha256:${id}` } : { query: text ?? '' });
  const send = async (request: RequestParameters, variables: Variables, isRetry = false): Promise<GraphQLResponse> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', authorization: `Bearer ${signIn.token()}`, ...position.headers },
      body: JSON.stringify({ ...operationOf(request), variables }),
    });
    const answer = (await response.json()) as { data?: object | null; errors?: { extensions?: unknown }[] };
    if (codeOf(answer.errors) === 'UNAUTHENTICATED' && !isRetry) {
      await signIn.refresh();
      return send(request, variables, true);
    }
    position.note(answer.data);
    return answer as GraphQLResponse;
  };
  const live = (request: RequestParameters, variables: Variables): Observable<GraphQLResponse> =>
    Observable.create((sink) =>
      subscriptions.subscribe({ ...operationOf(request), variables }, {
        next: (answer) => {
          position.note(answer.data);
          sink.next(answer as GraphQLResponse);
        },
        error: (reason) => {
          sink.error(reason as Error);
        },
        complete: () => {
          sink.complete();
        },
      }),
    );
  return new Environment({ network: Network.create((request, variables) => send(request, variables), live), store: new Store(new RecordSource()) });
}
