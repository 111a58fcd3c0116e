import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A request to another system. */
export interface OutgoingPost {
  /** An http or https address. */
  readonly target: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Resolves the host name, the system's own way when absent. */
  readonly lookup?: LookupFunction;
}

/** The headers of a body of JSON that is signed according to Standard Webhooks. */
export function signedHeaders({ secret, messageId, body }: { readonly secret: string; readonly messageId: string; readonly body: string }): Readonly<Record<string, string>> {
  const sentAt = new Date();
  return {
    'content-type': 'application/json',
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(messageId, sentAt, body),
  };
}

/** Posts a body over a connection of its own, and follows no redirect. Whoever called reads the response or destroys it. Rejects with the error of the connection. */
export function posted({ target, headers, body, lookup }: OutgoingPost, signal: AbortSignal): Promise<IncomingMessage> {
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'partner-access' };
  return new Promise((resolve, reject) => {
    const sent = request(target, { method: 'POST', headers: all, agent: false, signal, ...(lookup === undefined ? {} : { lookup }) }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Reads the body of a response. @throws Error when it is longer than that, or the connection ends before. */
export async function bodyOf(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > mostBytes) throw new Error(`the answer is longer than ${mostBytes.toLocaleString('en')} bytes`);
      parts.push(part);
    }
  } finally {
    response.destroy();
  }
  return Buffer.concat(parts);
}

/** Makes one attempt, and ends it with an error after a while. @param stop ends it too. */
export async function withinTime<T>(timeoutMs: number, stop: AbortSignal, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const end = (): void => { over.abort(); };
  const timer = setTimeout(end, timeoutMs).unref();
  stop.addEventListener('abort', end);
  try {
    if (stop.aborted) end();
    return await attempt(over.signal);
  } catch (error) {
    throw over.signal.aborted && !stop.aborted ? new Error(`there was no answer within ${timeoutMs / 1000} s`, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', end);
  }
}
