import 'graphiql/setup-workers/vite';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { Kind, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { StrictMode, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { createRoot } from 'react-dom/client';
import './api.css';
import { savedOperations, type SavedOperation } from './savedOperations';
import { readConfig, tokenFor, type DemoPerson, type PageConfig } from '../server';

const here = (path: string, protocol: string = location.protocol): string => {
  const url = new URL(path, document.baseURI);
  url.protocol = protocol;
  return url.href;
};

/** The page for front-end teams: GraphiQL, a sign-in and a menu of saved operations. The token is kept in memory only. */
function ApiPage({ config }: { readonly config: PageConfig }): ReactNode {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState('');
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const latest = useRef(token);
  latest.current = token;
  const { fetcher, socket } = useMemo(() => {
    const headers = (): Record<string, string> => (latest.current === '' ? {} : { authorization: `Bearer ${latest.current}` });
    const client = createClient({ url: here('graphql', location.protocol === 'https:' ? 'wss:' : 'ws:'), connectionParams: headers, lazy: true });
    return {
      socket: client,
      fetcher: createGraphiQLFetcher({
        url: here('graphql'),
        fetch: (input, init) => fetch(input, { ...init, credentials: 'omit', headers: { ...(init?.headers as Record<string, string>), ...headers(), 'x-client-name': 'api page' } }),
        wsClient: client,
      }),
    };
  }, []);
  useEffect(() => () => void socket.dispose(), [socket]);
  // A connection belongs to the token that it was opened with.
  useEffect(() => socket.terminate(), [socket, token]);

  const signInAs = async (person: DemoPerson | undefined): Promise<void> => {
    setProblem('');
    try {
      setToken(person === undefined ? '' : await tokenFor(person));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <>
      <header className="bar">
        <h1>Partner access API</h1>
        {config.development ? (
          <label>
            Signed in as
            <select defaultValue="" onChange={({ target }) => void signInAs(config.demoPeople.find(({ keapId }) => keapId === target.value))}>
              <option value="">nobody</option>
              {config.demoPeople.map(({ keapId, name, part }) => <option key={keapId} value={keapId}>{`${name} (${part})`}</option>)}
            </select>
          </label>
        ) : (
          <label>
            Bearer token
            <input type="password" autoComplete="off" value={token} onChange={({ target }) => setToken(target.value.trim())} />
          </label>
        )}
        <span role="status" data-signed-in={token !== ''}>{token === '' ? 'Not signed in' : 'Signed in'}</span>
        <span ref={setMenu} />
        <a href="schema.graphql">Schema</a>
        {problem !== '' && <span role="alert" className="problem">{problem}</span>}
      </header>
      <div className="explorer">
        <GraphiQL fetcher={fetcher} defaultQuery={savedOperations[0]?.text ?? ''} shouldPersistHeaders={false} isHeadersEditorEnabled storage={memory()}>
          <GraphiQL.Logo>{menu !== null && <SavedOperations menu={menu} />}</GraphiQL.Logo>
        </GraphiQL>
      </div>
    </>
  );
}

/** A menu in the page's bar whose choice replaces the text of the operation editor. */
function SavedOperations({ menu }: { readonly menu: HTMLElement }): ReactNode {
  const editor = useGraphiQL(({ queryEditor }) => queryEditor);
  const actions = useGraphiQLActions();
  const open = (chosen: SavedOperation | undefined): void => {
    if (chosen === undefined) return;
    editor?.setValue(chosen.text);
    // The editor parses a moment later; an operation that is run at once would be sent as the former one.
    const documentAST = parse(chosen.text);
    const operations = documentAST.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    actions.setOperationFacts({ documentAST, operations, operationName: operations[0]?.name?.value ?? '' });
  };
  return createPortal(
    <label>
      Saved operations
      <select value="" disabled={editor === undefined} onChange={({ target }) => open(savedOperations.find(({ name }) => name === target.value))}>
        <option value="">Choose an operation</option>
        {savedOperations.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
      </select>
    </label>,
    menu,
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

const root = createRoot(document.getElementById('page') ?? document.body);
readConfig().then(
  (config) => root.render(<StrictMode><ApiPage config={config} /></StrictMode>),
  (error: unknown) => root.render(<p role="alert">{error instanceof Error ? error.message : String(error)}</p>),
);
