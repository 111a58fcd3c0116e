import { setTimeout as pause } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { Json } from './person';

/** Whoever follows: where, and with which token. */
export interface Follower {
  readonly url: string;
  readonly token: string | null;
}

export type Way = 'WebSocket' | 'event stream';
export const WAYS: readonly Way[] = ['WebSocket', 'event stream'];

interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

interface Sink {
  next(result: { readonly data?: unknown; readonly errors?: unknown }): void;
  error(error: unknown): void;
  complete(): void;
}

/** One subscription by the real clients, with what it has told. */
export class Following {
  readonly messages: Json[] = [];
  /** The reason why it ended: GraphQL errors, the close of a WebSocket, or an invalid answer. */
  error: Json = null;
  isOver = false;
  readonly #changed: (() => void)[] = [];
  readonly #dispose: () => void;

  constructor(way: Way, { url, token }: Follower, operation: Operation) {
    const sink: Sink = {
      next: ({ data, errors }) => {
        this.#note(() => {
          if (errors === undefined) this.messages.push(data);
          else this.error = errors;
        });
      },
      error: (error) => { this.#note(() => { [this.error, this.isOver] = [error, true]; }); },
      complete: () => { this.#note(() => { this.isOver = true; }); },
    };
    this.#dispose = way === 'WebSocket' ? overWebSocket(url, token, operation, sink) : overEventStream(url, token, operation, sink);
  }

  /** The messages, once there are this many. @throws Error when it ends before. */
  async until(count: number): Promise<readonly Json[]> {
    await this.when(() => this.messages.length >= count || this.isOver);
    if (this.messages.length < count) throw new Error(`It ended after ${this.messages.length} messages: ${JSON.stringify(this.error)}`);
    return this.messages;
  }

  /** What ended it, once something has. */
  async ended(): Promise<Json> {
    await this.when(() => this.isOver);
    return this.error;
  }

  async when(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  /** Ends it from this side. */
  stop(): void {
    this.#dispose();
  }

  #note(change: () => void): void {
    change();
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

function overWebSocket(url: string, token: string | null, operation: Operation, sink: Sink): () => void {
  const client = createWsClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: token === null ? {} : { authorization: `Bearer ${token}` },
    onNonLazyError: () => undefined,
  });
  const dispose = client.subscribe(operation, sink);
  return () => {
    dispose();
    void client.dispose();
  };
}

function overEventStream(url: string, token: string | null, operation: Operation, sink: Sink): () => void {
  const client = createSseClient({ url: `${url}/graphql`, retryAttempts: 0, headers: token === null ? {} : { authorization: `Bearer ${token}` } });
  const dispose = client.subscribe(operation, sink);
  return () => {
    dispose();
    client.dispose();
  };
}

/** The codes of the errors that ended it, or the code of the close. */
export const codesOf = (error: Json): readonly unknown[] => (Array.isArray(error) ? error.map(({ extensions }) => extensions.code) : [error?.code ?? error?.response?.status]);

/** How many subscriptions the service has open, as its metrics say. */
export async function followedAt(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^graphql_subscriptions (\d+)$/m.exec(text)?.[1]);
}

/** Waits until the number of open subscriptions is as wanted. */
export async function untilFollowed(url: string, wanted: (open: number) => boolean): Promise<void> {
  // Asked without a pause, the metrics would take the time that the service needs.
  while (!wanted(await followedAt(url))) await pause(10);
}
