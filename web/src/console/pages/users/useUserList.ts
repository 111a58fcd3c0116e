import { type AppFieldsFragment, AppUsersChangedDocument, MembershipEventsDocument, type UserFieldsFragment, UserListDocument, type UserListQueryVariables } from '@partner-access/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type CombinedError, useClient, useSubscription } from 'urql';
import { useAfterInterruption } from '../../api/connection';

/** Which people are asked for, in which order. */
export type Question = Pick<UserListQueryVariables, 'appId' | 'filter' | 'orderBy'>;

interface Loaded {
  readonly app: AppFieldsFragment;
  readonly users: readonly UserFieldsFragment[];
  readonly totalCount: number;
  readonly statusCounts: readonly { readonly status: UserFieldsFragment['status']; readonly count: number }[];
  readonly endCursor: string | null;
  readonly position: string;
}

/** The people of an app, as far as a person has scrolled. */
export interface UserList {
  /** Null until the first answer, and when the person may not see the app. */
  readonly loaded: Loaded | null;
  readonly isForbidden: boolean;
  readonly error: CombinedError | null;
  readonly isLoading: boolean;
  /** Whether something changed of a list that is too long to be read again by itself. */
  readonly isOutdated: boolean;
  /** People who changed a moment ago. */
  readonly changed: ReadonlySet<string>;
  readonly readMore: () => void;
  /** Reads from the start. */
  readonly readAgain: () => void;
  /** Reads again after a change that the person made. */
  readonly refresh: () => void;
}

interface State {
  readonly loaded: Loaded | null;
  readonly error: CombinedError | null;
  readonly isForbidden: boolean;
  readonly isLoading: boolean;
  readonly isOutdated: boolean;
}

const PAGE = 100;
/** A list up to this length is read again as a whole when something changes. */
const MOST_READ_AGAIN = 1_000;
/** Changes in quick succession lead to one reading. */
const PAUSE_MS = 100;
/** How long a person who changed is marked. */
const MARKED_MS = 10_000;

const START: State = { loaded: null, error: null, isForbidden: false, isLoading: true, isOutdated: false };

/** Reads the people of an app page by page and follows changes. Answers to an earlier question are dropped. */
export function useUserList(question: Question, ownKeapId: string, onChanged: (user: UserFieldsFragment) => void): UserList {
  const client = useClient();
  const [state, setState] = useState(START);
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const turn = useRef(0);
  const current = useRef(state);
  current.current = state;
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  const pending = useRef<ReturnType<typeof setTimeout> | null>(null);
  const toTell = useRef(new Map<string, string>());
  const tell = useRef(onChanged);
  tell.current = onChanged;
  const key = JSON.stringify(question);

  const read = useCallback(async (before: Loaded | null, most: number): Promise<void> => {
    turn.current += 1;
    const mine = turn.current;
    const telling = [...toTell.current];
    setState((state) => ({ ...state, isLoading: true, error: null }));
    const users = new Map(before?.users.map((user) => [user.userId, user]));
    let after = before?.endCursor ?? null;
    for (;;) {
      const { data, error } = await client.query(UserListDocument, { ...question, first: PAGE, ...(after === null ? {} : { after }) }, { requestPolicy: 'network-only' });
      if (turn.current !== mine) return;
      const app = data?.app;
      if (error !== undefined || !app) {
        const isForbidden = error === undefined || error.graphQLErrors[0]?.extensions['code'] === 'FORBIDDEN';
        setState((state) => ({ ...state, loaded: isForbidden ? null : state.loaded, isForbidden, error: error ?? null, isLoading: false }));
        return;
      }
      for (const user of app.users.nodes) users.set(user.userId, user);
      after = app.users.pageInfo.hasNextPage ? app.users.pageInfo.endCursor ?? null : null;
      if (after !== null && users.size < most) continue;
      const { totalCount, statusCounts, position } = app.users;
      setState({ loaded: { app, users: [...users.values()], totalCount, statusCounts, endCursor: after, position }, error: null, isForbidden: false, isLoading: false, isOutdated: false });
      for (const [userId, change] of telling) {
        if (toTell.current.get(userId) === change) toTell.current.delete(userId);
        const user = users.get(userId);
        if (user) tell.current(user);
      }
      return;
    }
  }, [client, key]);

  const readAgain = useCallback(() => {
    const length = current.current.loaded?.users.length ?? 0;
    if (length > MOST_READ_AGAIN) setState((state) => ({ ...state, isOutdated: true }));
    else void read(null, Math.max(PAGE, length));
  }, [read]);

  const latest = useRef(readAgain);
  latest.current = readAgain;

  useEffect(() => {
    void read(null, PAGE);
  }, [read]);

  const follow = (userId: string | null, at: string, isByOthers: boolean): void => {
    if (userId !== null) {
      if (isByOthers) toTell.current.set(userId, at);
      setChanged((marked) => new Set([...marked, userId]));
      const timer = setTimeout(() => {
        timers.current.delete(timer);
        setChanged((marked) => new Set([...marked].filter((one) => one !== userId)));
      }, MARKED_MS);
      timers.current.add(timer);
    }
    pending.current ??= setTimeout(() => {
      pending.current = null;
      latest.current();
    }, PAUSE_MS);
  };

  // The events since the first reading arrive without a gap. Deliveries of messages are no events; they come with the changes of users.
  const viewer = state.loaded?.app.viewer;
  const position = useRef<string | null>(null);
  position.current ??= state.loaded?.position ?? null;
  const last = useRef('');
  const isFollowed = viewer?.may.includes('READ_HISTORY') === true && viewer.role === 'ADMIN';
  const { appId } = question;
  const [{ error: isOver }] = useSubscription({ query: MembershipEventsDocument, variables: { filter: { appId, afterPosition: position.current } }, pause: !isFollowed }, (_before, data) => {
    const { membershipEvents: event } = data;
    if (event.position > last.current) {
      last.current = event.position;
      follow(event.userId, event.position, event.actor.keapId !== ownKeapId);
    }
    return data;
  });
  useSubscription({ query: AppUsersChangedDocument, variables: { appId }, pause: !isFollowed }, (_before, data) => {
    if (data.appUsersChanged.position > last.current) follow(null, data.appUsersChanged.position, false);
    return data;
  });

  // They end when the person is no admin any more.
  useEffect(() => {
    if (isOver !== undefined) latest.current();
  }, [isOver]);

  useAfterInterruption(readAgain);

  useEffect(() => () => {
    turn.current += 1;
    if (pending.current !== null) clearTimeout(pending.current);
    for (const timer of timers.current) clearTimeout(timer);
  }, []);

  return {
    ...state,
    changed,
    readMore: () => {
      const { loaded, isLoading } = current.current;
      if (!isLoading && loaded?.endCursor != null) void read(loaded, loaded.users.length + 1);
    },
    readAgain: () => void read(null, PAGE),
    refresh: readAgain,
  };
}
