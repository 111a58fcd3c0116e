import type { UserListQuery, UserRowFragment } from './generated/graphql';

/** The pages of a user list that a client has read. */
export type Users = NonNullable<UserListQuery['app']>['users'];

/** The variables of the live user list. The list of the past has `asOf` beside them. */
export const listOf = (appId: string): { readonly appId: string; readonly first: number } => ({ appId, first: 20 });

export const rowsOf = (data: UserListQuery | null | undefined): readonly UserRowFragment[] => data?.app?.users.edges.map(({ node }) => node) ?? [];

/**
 * Applies a change of one user to the list, so that no page has to be read again. The list holds active and invited people in the order of their Keap
 * IDs, as the service returns it. A new user beyond the last page that was read is left to the next page.
 */
export function withUser(users: Users, user: UserRowFragment): Users {
  const others = users.edges.filter(({ node }) => node.id !== user.id);
  if (user.status !== 'ACTIVE' && user.status !== 'INVITED') return { ...users, edges: others };
  const next = others.findIndex(({ node }) => node.keapId > user.keapId);
  if (next < 0 && users.pageInfo.hasNextPage) return { ...users, edges: others };
  const index = next < 0 ? others.length : next;
  const edge = { __typename: 'UserEdge' as const, cursor: '', ...users.edges.find(({ node }) => node.id === user.id), node: user };
  return { ...users, edges: [...others.slice(0, index), edge, ...others.slice(index)] };
}
