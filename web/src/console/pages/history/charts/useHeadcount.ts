import { AccessChangesDocument, MembershipEventsDocument } from '@partner-access/client';
import { useEffect, useRef, useState } from 'react';
import { CombinedError, useClient } from 'urql';
import { createPassingClient } from '../../../api/client';
import { useSession } from '../../../signIn/session';
import { dataOf } from '../event/evidence';
import { GROUPS } from '../timeline/kinds';
import { type AccessChange, Headcount, type Point } from './headcount';

/** How many people had access over time, as far as it was read. */
export interface Counted {
  readonly points: readonly Point[];
  readonly isLoading: boolean;
  /** Whether there is more to read, which the person asks for. */
  readonly hasMore: boolean;
  readonly error: CombinedError | null;
  readonly readOn: () => void;
}

type State = Omit<Counted, 'readOn'>;

/** The service gives no larger page. */
const PAGE = 200;
/** So many changes are read at a time without being asked. */
const MOST = 20_000;
const BEFORE_ALL = '0';

/** Counts people by reading every change of access to an app, and follows further ones. */
export function useHeadcount(appId: string): Counted {
  const client = useClient();
  const session = useSession();
  const [state, setState] = useState<State>({ points: [], isLoading: true, hasMore: false, error: null });
  const [turn, setTurn] = useState(0);
  const progress = useRef({ headcount: new Headcount(), after: null as string | null, position: BEFORE_ALL });
  useEffect(() => {
    let isWanted = true;
    let stopFollowing = (): void => undefined;
    const filter = { appId, types: [...GROUPS.access] };
    const reading = createPassingClient(session);
    const { headcount } = progress.current;
    const show = (changes: Partial<State>): void => {
      if (isWanted) setState((before) => ({ ...before, points: [...headcount.points], ...changes }));
    };
    // What was followed comes again after an interruption.
    const take = (change: AccessChange): void => {
      if (change.position <= progress.current.position) return;
      progress.current.position = change.position;
      headcount.take(change);
    };
    const follow = (): void => {
      const following = client.subscription(MembershipEventsDocument, { filter: { ...filter, afterPosition: progress.current.position } }).subscribe(({ data }) => {
        if (data === undefined) return;
        take(data.membershipEvents);
        show({});
      });
      stopFollowing = () => following.unsubscribe();
    };
    const read = async (): Promise<void> => {
      for (let count = 0; count < MOST; count += PAGE) {
        const { after } = progress.current;
        const page: { readonly after?: string } = after === null ? {} : { after };
        const { nodes, pageInfo } = dataOf(await reading.query(AccessChangesDocument, { filter, first: PAGE, ...page })).membershipEvents;
        if (!isWanted) return;
        for (const change of nodes) take(change);
        progress.current.after = pageInfo.endCursor ?? after;
        if (!pageInfo.hasNextPage) {
          show({ isLoading: false, hasMore: false });
          follow();
          return;
        }
        show({});
      }
      show({ isLoading: false, hasMore: true });
    };
    show({ isLoading: true, error: null });
    read().catch((error: unknown) => {
      if (!(error instanceof CombinedError)) throw error;
      show({ isLoading: false, error });
    });
    return () => {
      isWanted = false;
      stopFollowing();
    };
  }, [client, session, appId, turn]);
  return { ...state, readOn: () => setTurn(turn + 1) };
}
