import { asOf, type AppFieldsFragment, type UserFieldsFragment, UserListDocument, type UserRole } from '@partner-access/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type CombinedError, useClient } from 'urql';

/** The people of an app at a moment, as far as a person has scrolled. */
interface Loaded {
  /** Null where the app did not exist at that moment. */
  readonly app: AppFieldsFragment | null;
  readonly users: readonly UserFieldsFragment[];
  readonly totalCount: number;
  /** The moment that this is of; null for now. */
  readonly at: string | null;
  readonly cursor: string | null;
}

/** The user list as it was. While another moment is read, the one before stays. */
export interface Roster {
  readonly loaded: Loaded | null;
  readonly isLoading: boolean;
  readonly error: CombinedError | null;
  readonly readMore: () => void;
  readonly readAgain: () => void;
}

interface State {
  readonly loaded: Loaded | null;
  readonly isLoading: boolean;
  readonly error: CombinedError | null;
}

const PAGE = 100;

/** Reads the active and invited people of an app at a moment, page by page. Answers about an earlier question are dropped. */
export function useRoster(appId: string, at: string | null, role: UserRole | null): Roster {
  const client = useClient();
  const [state, setState] = useState<State>({ loaded: null, isLoading: true, error: null });
  const turn = useRef(0);
  const read = useCallback(async (before: Loaded | null): Promise<void> => {
    turn.current += 1;
    const mine = turn.current;
    setState((shown) => ({ ...shown, isLoading: true, error: null }));
    const page = { first: PAGE, ...(before?.cursor == null ? {} : { after: before.cursor }) };
    const variables = { appId, asOf: asOf(at === null ? null : new Date(at)), filter: { statuses: ['ACTIVE' as const, 'INVITED' as const], ...(role === null ? {} : { roles: [role] }) }, ...page };
    const { data, error } = await client.query(UserListDocument, variables, { requestPolicy: 'network-only' });
    if (turn.current !== mine) return;
    if (data === undefined) {
      setState((shown) => ({ ...shown, isLoading: false, error: error ?? null }));
      return;
    }
    const { app } = data;
    const users = [...(before?.users ?? []), ...(app?.users.nodes ?? [])];
    const cursor = app?.users.pageInfo.hasNextPage === true ? app.users.pageInfo.endCursor : null;
    setState({ loaded: { app, users, totalCount: app?.users.totalCount ?? 0, at, cursor }, isLoading: false, error: null });
  }, [client, appId, at, role]);

  useEffect(() => {
    void read(null);
    return () => {
      turn.current += 1;
    };
  }, [read]);

  return {
    ...state,
    readMore: () => {
      if (!state.isLoading && state.loaded?.cursor != null) void read(state.loaded);
    },
    readAgain: () => void read(null),
  };
}
