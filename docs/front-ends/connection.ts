import { createClient as createEventStreamClient } from 'graphql-sse';
import { createClient as createWebSocketClient } from 'graphql-ws';

/** The person's sign-in, as your OpenID library keeps it. */
export interface SignIn {
  /** Returns the current token. */
  token(): string;
  /** Replaces a token that has expired. */
  refresh(): Promise<void>;
}

/** How a front end reaches the service. */
export interface Connection {
  /** The address of the API, for example `https://access.example.com/graphql`. */
  readonly url: string;
  readonly signIn: SignIn;
  /** The transport of subscriptions. */
  readonly transport: 'graphql-ws' | 'graphql-sse';
  /** Whether operations are sent by their hash only, as a service with `SAFELIST` wants them. */
  readonly byHash: boolean;
}

/** The position of the last write that this client knows of. With it, every replica shows the write. */
export class LastPosition {
  #value = '';

  /** Headers that make a query wait for the last write. */
  get headers(): Readonly<Record<string, string>> {
    return this.#value === '' ? {} : { 'x-min-position': this.#value };
  }

  /** Notes the position in an answer. A later position is a greater string. */
  note(data: object | null | undefined): void {
    for (const result of Object.values(data ?? {}) as readonly unknown[]) {
      if (typeof result !== 'object' || result === null || !('position' in result)) continue;
      if (typeof result.position === 'string' && result.position > this.#value) this.#value = result.position;
    }
  }
}

/** Returns the code of the first GraphQL error. */
export const codeOf = (errors: readonly { readonly extensions?: unknown }[] | undefined): string | undefined =>
  (errors?.[0]?.extensions as { readonly code?: string } | undefined)?.code;

/** Returns the hash that GraphQL Code Generator wrote into a document, for example `sha256:4f…`. */
export const hashOf = (document: object): string => (document as { readonly __meta__: { readonly hash: string } }).__meta__.hash;

/** Returns the code with which a WebSocket was closed. */
const closeCodeOf = (event: unknown): number | undefined => (event as { readonly code?: number }).code;

/** A subscription, either as text or by its id. */
export interface Payload {
  readonly query: string;
  readonly documentId?: string;
  readonly variables?: Record<string, unknown>;
}

/** What receives the messages of a subscription. */
export interface Sink {
  next(result: { data?: Record<string, unknown> | null }): void;
  error(reason: unknown): void;
  complete(): void;
}

/** Subscriptions that last: after a lost connection and after the end of a token they start again by themselves. */
export class Subscriptions {
  readonly #client: { subscribe(payload: Payload, sink: Sink): () => void; dispose(): void | Promise<void> };
  readonly #signIn: SignIn;
  #isExpired = false;

  constructor({ url, signIn, transport }: Connection) {
    this.#signIn = signIn;
    const retries = { retryAttempts: Infinity };
    this.#client =
      transport === 'graphql-ws'
        ? createWebSocketClient({
            ...retries,
            url: url.replace(/^http/, 'ws'),
            connectionParams: () => this.#headers(),
            shouldRetry: () => true,
            on: { closed: (event) => (this.#isExpired ||= [4401, 4403].includes(closeCodeOf(event) ?? 0)) },
          })
        : createEventStreamClient({
            ...retries,
            url,
            headers: () => this.#headers(),
            fetchFn: async (...request: Parameters<typeof fetch>) => {
              const response = await fetch(...request);
              this.#isExpired ||= response.status === 401;
              return response;
            },
          });
  }

  /** Subscribes until the returned function is called. */
  subscribe(payload: Payload, sink: Sink): () => void {
    let stop = (): void => {};
    const start = (): void => {
      let isOver = false;
      const again = (): void => {
        [this.#isExpired, isOver] = [true, true];
        stop();
        start();
      };
      stop = this.#client.subscribe(payload, {
        next: (result) => {
          if (isOver) return;
          if (codeOf((result as { readonly errors?: [] }).errors) === 'UNAUTHENTICATED') again();
          else sink.next(result);
        },
        error: (reason) => {
          if (isOver) return;
          if (Array.isArray(reason) ? codeOf(reason) === 'UNAUTHENTICATED' : closeCodeOf(reason) === 4401) again();
          else sink.error(reason);
        },
        complete: () => {
          if (!isOver) sink.complete();
        },
      });
    };
    start();
    return () => {
      stop();
    };
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }

  async #headers(): Promise<{ authorization: string }> {
    if (this.#isExpired) await this.#signIn.refresh();
    this.#isExpired = false;
    return { authorization: `Bearer ${this.#signIn.token()}` };
  }
}
