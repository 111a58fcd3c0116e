import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { useComputedColorScheme } from '@mantine/core';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { addressOf } from '../server';
import { savedOperations } from './savedOperations';
import { SavedOperations } from './SavedOperations';

interface Props {
  /** Is sent with every request; none while it is empty. */
  readonly token: string;
  /** Where the menu of saved operations stands. */
  readonly menu: HTMLElement | null;
}

/** GraphiQL, with requests over HTTP and subscriptions over one WebSocket. */
export function Explorer({ token, menu }: Props): ReactNode {
  const latest = useRef(token);
  latest.current = token;
  const theme = useComputedColorScheme('light');
  const { fetcher, socket } = useMemo(() => {
    const headers = (): Record<string, string> => (latest.current === '' ? {} : { authorization: `Bearer ${latest.current}` });
    const client = createClient({ url: addressOf('graphql').replace(/^http/, 'ws'), connectionParams: headers, lazy: true });
    return {
      socket: client,
      fetcher: createGraphiQLFetcher({
        url: addressOf('graphql'),
        fetch: (input, init) => fetch(input, { ...init, credentials: 'omit', headers: { ...(init?.headers as Record<string, string>), ...headers(), 'x-client-name': 'api page' } }),
        wsClient: client,
      }),
    };
  }, []);
  useEffect(() => () => void socket.dispose(), [socket]);
  // A connection belongs to the token that it was opened with.
  useEffect(() => socket.terminate(), [socket, token]);
  return (
    <div className="explorer">
      <GraphiQL fetcher={fetcher} defaultQuery={savedOperations[0]?.text ?? ''} shouldPersistHeaders={false} isHeadersEditorEnabled storage={memory()} forcedTheme={theme}>
        <GraphiQL.Logo>{menu !== null && <SavedOperations menu={menu} />}</GraphiQL.Logo>
      </GraphiQL>
    </div>
  );
}

/** What GraphiQL remembers lasts as long as the page: operations may hold what is nobody else's business. */
function memory(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'clear' | 'length'> {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
    get length() {
      return items.size;
    },
  };
}
