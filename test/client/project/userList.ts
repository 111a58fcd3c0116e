import { createOperationDescriptor, fetchQuery, getRequest, getSelector, graphql, type IEnvironment, type Variables } from 'relay-runtime';
import pageQuery, { type userListQuery } from './__generated__/userListQuery.graphql';
import nextPageQuery, { type userListNextPageQuery } from './__generated__/userListNextPageQuery.graphql';
import usersFragment, { type userListUsers$data, type userListUsers$key } from './__generated__/userListUsers.graphql';
import userRefetchQuery, { type userListUserRefetchQuery } from './__generated__/userListUserRefetchQuery.graphql';
import userFragment, { type userListUser$data, type userListUser$key } from './__generated__/userListUser.graphql';

/** The operations on an app's user list, for the compiler alone. */
export const operations = (): unknown[] => [
  graphql`
    query userListQuery($appId: ID!, $count: Int!) {
      app(appId: $appId) {
        id
        accountName
        licences {
          total
          available
        }
        ...userListUsers @arguments(count: $count)
      }
    }
  `,
  graphql`
    fragment userListUsers on App
    @refetchable(queryName: "userListNextPageQuery")
    @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
      users(first: $count, after: $cursor, orderBy: { field: KEAP_ID, direction: ASC }) @connection(key: "userList_users") {
        totalCount
        edges {
          node {
            id
            keapId
            ...userListUser
          }
        }
      }
    }
  `,
  graphql`
    fragment userListUser on User @refetchable(queryName: "userListUserRefetchQuery") {
      userId
      name
      kind
      role
      status
      invitation {
        status
        expiresAt
      }
    }
  `,
];

function read<Data>(environment: IEnvironment, fragment: Parameters<typeof getSelector>[0], key: unknown): Data {
  const selector = getSelector(fragment, key);
  if (selector?.kind !== 'SingularReaderSelector') throw new Error('There is nothing to read.');
  return environment.lookup(selector).data as unknown as Data;
}

/** The whole list, taken page by page into one connection of the store. */
export class UserList {
  private readonly operation: ReturnType<typeof createOperationDescriptor>;

  constructor(
    private readonly environment: IEnvironment,
    private readonly variables: userListQuery['variables'],
  ) {
    this.operation = createOperationDescriptor(getRequest(pageQuery), variables as Variables);
    environment.retain(this.operation);
  }

  /** Reads the first page, then as many more as there are. @returns how many pages it took. */
  async load(): Promise<number> {
    const first = await fetchQuery<userListQuery>(this.environment, pageQuery, this.variables).toPromise();
    const id = first?.app?.id;
    if (id === undefined) throw new Error('There is no such app.');
    let pages = 1;
    for (; this.hasNext(); pages += 1) {
      const variables: userListNextPageQuery['variables'] = { id, count: this.variables.count, cursor: this.pageInfo().endCursor };
      await fetchQuery<userListNextPageQuery>(this.environment, nextPageQuery, variables).toPromise();
    }
    return pages;
  }

  get accountName(): string {
    return this.data().app?.accountName ?? '';
  }

  get users(): userListUser$data[] {
    return this.connection().edges.map(({ node }) => read<userListUser$data>(this.environment, userFragment, node as userListUser$key));
  }

  get ids(): string[] {
    return this.connection().edges.map(({ node }) => node.id);
  }

  private hasNext(): boolean {
    return this.pageInfo().hasNextPage;
  }

  private pageInfo(): { readonly hasNextPage: boolean; readonly endCursor: string | null } {
    return (this.connection() as unknown as { pageInfo: { hasNextPage: boolean; endCursor: string | null } }).pageInfo;
  }

  private connection(): userListUsers$data['users'] {
    return read<userListUsers$data>(this.environment, usersFragment, this.data().app as userListUsers$key).users;
  }

  private data(): userListQuery['response'] {
    return this.environment.lookup(this.operation.fragment).data as unknown as userListQuery['response'];
  }
}

/** Reads one user again, by the global id that stands in the store. */
export async function refetchUser(environment: IEnvironment, id: string): Promise<userListUser$data | null> {
  const response = await fetchQuery<userListUserRefetchQuery>(environment, userRefetchQuery, { id }, { fetchPolicy: 'network-only' }).toPromise();
  return response?.node ? read<userListUser$data>(environment, userFragment, response.node as userListUser$key) : null;
}
