import type { ExecutionResult } from '@urql/core';
import { createClient, type SubscribePayload } from 'graphql-ws';
import { addressOf } from '../../server';
import type { Session } from '../signIn/session';
import { codeOf } from './codes';
import type { Connection } from './connection';

interface Sink {
  readonly next: (result: ExecutionResult) => void;
  readonly error: (reason: unknown) => void;
  readonly complete: () => void;
}

/** With these the server closes a connection whose token has ended. */
const TOKEN_ENDED = [4401, 4403];
/** No pause between attempts to connect is longer, in milliseconds. */
const MAX_PAUSE_MS = 5_000;

const closeCodeOf = (event: unknown): number => (event instanceof CloseEvent ? event.code : 0);

/** Subscriptions over one WebSocket that last: after a lost connection and after the end of a token they start again by themselves. */
export class Subscriptions {
  readonly #client;
  #isTokenEnded = false;

  constructor(session: Session, connection: Connection) {
    this.#client = createClient({
      url: addressOf('graphql').replace(/^http/, 'ws'),
      lazy: true,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: (attempt) => new Promise((resolve) => setTimeout(resolve, Math.min(MAX_PAUSE_MS, 250 * 2 ** attempt) * (0.75 + Math.random() / 2))),
      connectionParams: async () => {
        if (this.#isTokenEnded) await session.renew();
        this.#isTokenEnded = false;
        return { authorization: `Bearer ${session.token()}` };
      },
      on: {
        connected: (_socket, _payload, wasRetry) => {
          connection.note(false);
          // The subscriptions are sent in this turn, and what is read later holds everything that they do not tell.
          if (wasRetry) setTimeout(() => { connection.subscribedAgain(); });
        },
        closed: (event) => {
          this.#isTokenEnded ||= TOKEN_ENDED.includes(closeCodeOf(event));
          if (event instanceof CloseEvent && !event.wasClean) connection.note(true);
        },
      },
    });
  }

  /** Subscribes until the returned function is called. */
  subscribe(payload: SubscribePayload, sink: Sink): () => void {
    let stop = (): void => undefined;
    const start = (): void => {
      let isOver = false;
      const again = (): void => {
        isOver = true;
        this.#isTokenEnded = true;
        stop();
        this.#client.terminate();
        start();
      };
      stop = this.#client.subscribe(payload, {
        next: (result) => {
          if (isOver) return;
          if (codeOf(result.errors) === 'UNAUTHENTICATED') again();
          else sink.next(result as ExecutionResult);
        },
        error: (reason) => {
          if (isOver) return;
          if (Array.isArray(reason) ? codeOf(reason) === 'UNAUTHENTICATED' : TOKEN_ENDED.includes(closeCodeOf(reason))) again();
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

  close(): void {
    void this.#client.dispose();
  }
}
