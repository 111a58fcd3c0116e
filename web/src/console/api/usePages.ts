import { useCallback, useEffect, useRef, useState } from 'react';
import { type AnyVariables, type CombinedError, type TypedDocumentNode, useClient } from 'urql';

interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly startCursor?: string | null | undefined; readonly endCursor?: string | null | undefined };
}

interface Source<Data, Variables, Node> {
  readonly document: TypedDocumentNode<Data, Variables>;
  /** The variables without those of pages. Other values read another list. */
  readonly variables: Omit<Variables, 'first' | 'after' | 'last' | 'before'>;
  readonly size: number;
  /** With `end` the list is read from its end, and shown in that order. */
  readonly from?: 'start' | 'end';
  /** The page in an answer; null where the person may not read it. */
  readonly pageOf: (data: Data) => Page<Node> | null | undefined;
  readonly isPaused?: boolean;
}

interface State<Node> {
  readonly nodes: readonly Node[] | null;
  readonly cursor: string | null;
  readonly isLoading: boolean;
  readonly error: CombinedError | null;
}

/** A list as far as it was read. */
export interface Pages<Node> {
  /** Null until the first page is there. */
  readonly nodes: readonly Node[] | null;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  /** Why the last reading failed. What was read before stays. */
  readonly error: CombinedError | null;
  readonly readMore: () => void;
  /** Reads what is shown once more, up to the largest page. */
  readonly readAgain: () => void;
}

/** The service gives no larger page. */
const MOST = 200;

/** Reads a list page by page, always from the service. Answers about an earlier list are dropped. */
export function usePages<Data, Variables extends AnyVariables, Node>({ document, variables, size, from = 'start', pageOf, isPaused = false }: Source<Data, Variables, Node>): Pages<Node> {
  const client = useClient();
  const [state, setState] = useState<State<Node>>({ nodes: null, cursor: null, isLoading: !isPaused, error: null });
  const turn = useRef(0);
  const current = useRef(state);
  current.current = state;
  const read = useCallback(async (count: number, before: State<Node> | null): Promise<void> => {
    turn.current += 1;
    const mine = turn.current;
    setState((shown) => ({ ...shown, isLoading: true, error: null }));
    const cursor = before?.cursor ?? null;
    const page = from === 'start' ? { first: count, ...(cursor === null ? {} : { after: cursor }) } : { last: count, ...(cursor === null ? {} : { before: cursor }) };
    const { data, error } = await client.query(document, { ...variables, ...page } as unknown as Variables, { requestPolicy: 'network-only' });
    if (turn.current !== mine) return;
    if (error !== undefined || data === undefined) {
      setState((shown) => ({ ...shown, isLoading: false, error: error ?? null }));
      return;
    }
    const { nodes, pageInfo } = pageOf(data) ?? { nodes: [], pageInfo: null };
    const next = from === 'start' ? pageInfo?.hasNextPage === true && pageInfo.endCursor : pageInfo?.hasPreviousPage === true && pageInfo.startCursor;
    setState({ nodes: [...(before?.nodes ?? []), ...(from === 'start' ? nodes : nodes.toReversed())], cursor: next || null, isLoading: false, error: null });
  }, [client, document, from, JSON.stringify(variables)]);

  useEffect(() => {
    if (isPaused) return;
    setState({ nodes: null, cursor: null, isLoading: true, error: null });
    void read(size, null);
    return () => {
      turn.current += 1;
    };
  }, [read, size, isPaused]);

  return {
    nodes: state.nodes,
    hasMore: state.cursor !== null,
    isLoading: state.isLoading,
    error: state.error,
    readMore: () => {
      if (!current.current.isLoading && current.current.cursor !== null) void read(size, current.current);
    },
    readAgain: () => {
      if (!isPaused) void read(Math.min(MOST, Math.max(size, current.current.nodes?.length ?? 0)), null);
    },
  };
}
