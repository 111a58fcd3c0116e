import type { FastifyReply } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { drained } from '../exports/stream';
import { isRetryStatus, RETRY_AFTER_SECONDS, statusOfCodes } from '../publicErrors';
import type { LiveOperation } from './operation';
import type { Refusal } from './engine';
import type { SubscriberSession } from './session';

const EVENT_STREAM_TYPE = 'text/event-stream';

/** Interval of keep-alive comments, shorter than the idle timeout of common proxies. */
const KEEP_ALIVE_MS = 15_000;

const messageOf = (result: ExecutionResult): string => `event: next\ndata: ${JSON.stringify(result)}\n\n`;
const COMPLETE = 'event: complete\ndata:\n\n';
/** Sent instead of COMPLETE, so that clients reconnect. */
const SHUTTING_DOWN = ': The server is shutting down. Connect again.\n\n';
const TOKEN_ENDED = ': The token has ended. Connect again with a new token.\n\n';

/** Whether the `Accept` header names event streams. */
export const acceptsEventStream = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some((range) => range.split(';')[0]?.trim().toLowerCase() === EVENT_STREAM_TYPE);

/** Answers a refused subscription with its errors as server-sent events. */
export function sendRefusal(reply: FastifyReply, errors: Refusal): FastifyReply {
  if (isRetryStatus(statusOfCodes(errors.map(({ extensions }) => String(extensions['code']))))) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.type(`${EVENT_STREAM_TYPE}; charset=utf-8`).send(`${messageOf({ errors })}${COMPLETE}`);
}

/** The open event streams (server-sent events). */
export class EventStreams {
  readonly #open = new Set<() => void>();

  /** Writes the messages until one side ends the stream, or the token ends. A client that reads nothing for twice `stallMs` is disconnected. */
  async write(reply: FastifyReply, operation: LiveOperation, session: SubscriberSession, stallMs: number): Promise<void> {
    reply.hijack();
    const response = reply.raw;
    response.on('error', () => undefined);
    // A connection that is kept alive would delay the shutdown.
    response.shouldKeepAlive = false;
    response.writeHead(200, { ...headersOf(reply), 'content-type': `${EVENT_STREAM_TYPE}; charset=utf-8`, 'x-accel-buffering': 'no' });
    response.write(': Following.\n\n');
    const keepAlive = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n');
    }, KEEP_ALIVE_MS);
    const end = (): void => { void operation.return(); };
    const last = { text: COMPLETE };
    const leave = (text: string): void => {
      last.text = text;
      end();
    };
    const go = (): void => { leave(SHUTTING_DOWN); };
    const stopWatching = session.watch(() => { leave(TOKEN_ENDED); });
    response.once('close', end);
    // The client may have gone while the subscription was being opened.
    if (response.destroyed) end();
    this.#open.add(go);
    try {
      for await (const result of operation) {
        if (!response.write(messageOf(result))) await drained(response, 2 * stallMs);
      }
      response.end(last.text);
    } finally {
      clearInterval(keepAlive);
      stopWatching();
      this.#open.delete(go);
      end();
    }
  }

  /** Ends all streams and tells their clients to reconnect. */
  close(): void {
    for (const go of [...this.#open]) go();
  }
}

function headersOf(reply: FastifyReply): Record<string, string | number | string[]> {
  const headers: Record<string, string | number | string[]> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = value;
  return headers;
}
