import { AccessReviewItemsDocument, type ReviewItemFieldsFragment } from '@partner-access/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type CombinedError, useClient } from 'urql';

interface Loaded {
  readonly items: readonly ReviewItemFieldsFragment[];
  readonly totalCount: number;
  readonly cursor: string | null;
}

/** The people of a review, as far as a person has scrolled. */
export interface Items {
  /** Null until the first answer. */
  readonly loaded: Loaded | null;
  readonly isLoading: boolean;
  readonly error: CombinedError | null;
  readonly readMore: () => void;
  /** Reads once more what was loaded, up to a thousand people. */
  readonly readAgain: () => void;
  /** Shows what the person decided, without reading the list again. */
  readonly take: (userIds: ReadonlySet<string>, decided: Decided) => void;
  /** Number of people of the review who were decided on, as far as the list shows. */
  readonly decidedCount: number | null;
}

/** What a person decided a moment ago. */
type Decided = Pick<ReviewItemFieldsFragment, 'decision' | 'remark' | 'decidedBy' | 'decidedAt'>;

const PAGE = 100;
/** A list up to this length is read again as a whole. */
const MOST_READ_AGAIN = 1_000;

/** Reads the people of a review page by page. Answers about an earlier list are dropped. */
export function useItems(reviewId: string, undecided: boolean): Items {
  const client = useClient();
  const [state, setState] = useState<{ readonly loaded: Loaded | null; readonly isLoading: boolean; readonly error: CombinedError | null }>({ loaded: null, isLoading: true, error: null });
  const [decidedCount, setDecidedCount] = useState<number | null>(null);
  const current = useRef(state);
  current.current = state;
  const turn = useRef(0);

  const read = useCallback(async (after: string | null, most: number): Promise<void> => {
    turn.current += 1;
    const mine = turn.current;
    setState((shown) => ({ ...shown, isLoading: true, error: null }));
    const found: ReviewItemFieldsFragment[] = [];
    let cursor = after;
    for (;;) {
      const { data, error } = await client.query(AccessReviewItemsDocument, { reviewId, undecided, first: PAGE, ...(cursor === null ? {} : { after: cursor }) }, { requestPolicy: 'network-only' });
      if (turn.current !== mine) return;
      const review = data?.accessReview;
      if (error !== undefined || !review) {
        setState((shown) => ({ ...shown, isLoading: false, error: error ?? null }));
        return;
      }
      found.push(...review.items.nodes);
      cursor = review.items.pageInfo.hasNextPage ? review.items.pageInfo.endCursor ?? null : null;
      if (cursor !== null && found.length < most) continue;
      const { totalCount } = review.items;
      setState(({ loaded }) => ({ loaded: { items: [...(after === null ? [] : loaded?.items ?? []), ...found], totalCount, cursor }, isLoading: false, error: null }));
      if (after === null) setDecidedCount(review.decidedCount);
      return;
    }
  }, [client, reviewId, undecided]);

  useEffect(() => {
    setState({ loaded: null, isLoading: true, error: null });
    void read(null, PAGE);
    return () => {
      turn.current += 1;
    };
  }, [read]);

  const readAgain = (): void => void read(null, Math.min(MOST_READ_AGAIN, Math.max(PAGE, current.current.loaded?.items.length ?? 0)));
  return {
    ...state,
    decidedCount,
    readMore: () => {
      const { loaded, isLoading } = current.current;
      if (!isLoading && loaded?.cursor != null) void read(loaded.cursor, PAGE);
    },
    readAgain,
    take: (userIds, decided) => {
      const { loaded, isLoading } = current.current;
      if (loaded === null) return;
      const fresh = loaded.items.filter(({ user, decision }) => userIds.has(user.userId) && decision === null).length;
      setDecidedCount((before) => (before === null ? null : before + fresh));
      const items = undecided
        ? loaded.items.filter(({ user }) => !userIds.has(user.userId))
        : loaded.items.map((item) => (userIds.has(item.user.userId) ? { ...item, ...decided, carriedOut: decided.decision === 'REMOVE' && item.user.status !== 'ACTIVE' } : item));
      setState((shown) => ({ ...shown, loaded: { ...loaded, items, totalCount: undecided ? loaded.totalCount - fresh : loaded.totalCount } }));
      // What is being read may be from before the decision.
      if (isLoading) readAgain();
    },
  };
}
