import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { ExecutionResult } from 'graphql';
import type { LiveOperation } from './liveOperation';
import type { Refusal } from './subscriptionEngine';

export const EVENT_STREAM_TYPE = 'text/event-stream';

/** Sooner than common proxies give up a connection on which nothing comes. */
const KEEP_ALIVE_MS = 15_000;

const messageOf = (result: ExecutionResult): string => `event: next\ndata: ${JSON.stringify(result)}\n\n`;
const COMPLETE = 'event: complete\ndata:\n\n';
/** What does not end with it is to be taken up again. */
const GOING = ': The server is ending. Connect again.\n\n';

/** Whether the client names event streams as something that it takes. */
export const acceptsEventStream = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some((range) => range.split(';')[0]?.trim().toLowerCase() === EVENT_STREAM_TYPE);

/** Answers, as server-sent events, with what was refused and why. */
export function sendRefusal(reply: FastifyReply, errors: Refusal): FastifyReply {
  return reply.type(`${EVENT_STREAM_TYPE}; charset=utf-8`).send(`${messageOf({ errors })}${COMPLETE}`);
}

/** The open answers that are server-sent events. */
export class EventStreams {
  readonly #open = new Set<() => void>();

  /** Writes the messages until one side ends it. A reader who takes nothing for twice the time that a message may wait is left. */
  async write(reply: FastifyReply, operation: LiveOperation, stallMs: number): Promise<void> {
    reply.hijack();
    const response = reply.raw;
    response.on('error', () => undefined);
    // A connection that is kept would hold up the end of the server.
    response.shouldKeepAlive = false;
    response.writeHead(200, { ...headersOf(reply), 'content-type': `${EVENT_STREAM_TYPE}; charset=utf-8`, 'x-accel-buffering': 'no' });
    response.write(': Following.\n\n');
    const keepAlive = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n');
    }, KEEP_ALIVE_MS);
    const end = (): void => { void operation.return(); };
    const left = { byServer: false };
    const go = (): void => {
      left.byServer = true;
      end();
    };
    response.once('close', end);
    this.#open.add(go);
    try {
      for await (const result of operation) {
        if (!response.write(messageOf(result))) await drained(response, 2 * stallMs);
      }
      response.end(left.byServer ? GOING : COMPLETE);
    } finally {
      clearInterval(keepAlive);
      this.#open.delete(go);
      end();
    }
  }

  /** Ends all of them in a way that tells their readers to come again. */
  close(): void {
    for (const go of [...this.#open]) go();
  }
}

async function drained(response: ServerResponse, withinMs: number): Promise<void> {
  const waited = new AbortController();
  const { signal } = waited;
  const closed = (): void => { waited.abort(); };
  response.once('close', closed);
  const isDrained = await Promise.race([
    once(response, 'drain', { signal }).then(() => true, () => true),
    pause(withinMs, false, { signal, ref: false }).catch(() => true),
  ]);
  response.off('close', closed);
  waited.abort();
  if (!isDrained) response.destroy();
}

function headersOf(reply: FastifyReply): Record<string, string | number | string[]> {
  const headers: Record<string, string | number | string[]> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = value;
  return headers;
}
