import { asOf, MembershipDiffDocument, type MembershipDiffQuery } from '@partner-access/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type CombinedError, useClient } from 'urql';

/** What differs between who had access at two moments. */
export interface Compared {
  /** Null until it was read for exactly these moments. */
  readonly diff: MembershipDiffQuery['membershipDiff'] | null;
  readonly error: CombinedError | null;
  readonly readAgain: () => void;
}

interface State {
  /** The moments that were compared. */
  readonly of: string;
  readonly diff: Compared['diff'];
  readonly error: CombinedError | null;
}

/** Compares two moments of an app; null stands for now. Without the first one, nothing is read. */
export function useDiff(appId: string, from: string | null, to: string | null): Compared {
  const client = useClient();
  const of = `${appId} ${from ?? ''} ${to ?? ''}`;
  const [state, setState] = useState<State>({ of, diff: null, error: null });
  const turn = useRef(0);
  const read = useCallback(async (): Promise<void> => {
    turn.current += 1;
    const mine = turn.current;
    if (from === null) return;
    const variables = { appId, from: asOf(new Date(from)), to: asOf(to === null ? null : new Date(to)) };
    const { data, error } = await client.query(MembershipDiffDocument, variables, { requestPolicy: 'network-only' });
    if (turn.current === mine) setState({ of, diff: data?.membershipDiff ?? null, error: error ?? null });
  }, [client, of]);
  useEffect(() => {
    void read();
    return () => {
      turn.current += 1;
    };
  }, [read]);
  const isOfThese = state.of === of;
  return { diff: isOfThese ? state.diff : null, error: isOfThese ? state.error : null, readAgain: () => void read() };
}
