import WebSocket from 'ws';
import type { Connection } from '../../docs/front-ends/connection';
import { ApolloFrontEnd } from '../../docs/front-ends/apollo';
import { RelayFrontEnd } from '../../docs/front-ends/relay';
import { UrqlFrontEnd } from '../../docs/front-ends/urql';
import type { Person } from '../support/person';

/** Browsers and newer versions of Node.js have it. */
Object.assign(globalThis, { WebSocket });

/** The three clients of docs/front-ends, which do the same. */
export const CLIENTS = [
  ['Apollo Client', ApolloFrontEnd, 'persisted-documents.json'],
  ['urql', UrqlFrontEnd, 'persisted-documents.json'],
  ['Relay', RelayFrontEnd, 'relay/operations.json'],
] as const;

export type FrontEnd = InstanceType<(typeof CLIENTS)[number][1]>;

/** Opens clients, and closes them after each test. */
export class OpenClients {
  readonly #open: FrontEnd[] = [];

  constructor(private readonly Client: new (connection: Connection) => FrontEnd) {
    afterEach(async () => {
      for (const client of this.#open.splice(0)) await client.close();
    });
  }

  /** Opens the client of a person. */
  of({ url, token }: Person, options: Partial<Connection> = {}): FrontEnd {
    const signIn = { token: () => token ?? '', refresh: () => Promise.reject(new Error('The token is valid.')) };
    const client = new this.Client({ url: `${url}/graphql`, signIn, transport: 'graphql-ws', byHash: false, ...options });
    this.#open.push(client);
    return client;
  }
}

/** The GraphQL requests that were sent with `fetch`. */
export class SentRequests {
  readonly all: { readonly headers: Headers; readonly query: string | undefined }[] = [];

  constructor() {
    const original = globalThis.fetch;
    beforeAll(() => {
      globalThis.fetch = (input, init) => {
        const headers = new Headers(init?.headers);
        if (typeof init?.body === 'string' && headers.get('accept') !== 'text/event-stream') {
          const { query } = JSON.parse(init.body) as { query?: string };
          this.all.push({ headers, query });
        }
        return original(input, init);
      };
    });
    afterAll(() => {
      globalThis.fetch = original;
    });
  }

  /** Counts the requests that are sent until an action has ended. */
  async during(action: () => Promise<unknown>): Promise<number> {
    const before = this.all.length;
    await action();
    return this.all.length - before;
  }
}

/** Waits until a condition holds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
