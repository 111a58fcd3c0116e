import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

/** What a service answered. */
export interface LoadAnswer {
  readonly status: number;
  /** Seconds after which the request may be sent again, null when the answer does not say. */
  readonly retryAfterSeconds: number | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request without an answer after this time has failed. */
const TIMEOUT_MS = 30_000;

/** Sends JSON over as many connections as there are requests under way, and keeps them open. */
export class LoadClient {
  readonly #send: typeof requestHttp;
  readonly #agent: HttpAgent;

  constructor(private readonly url: URL) {
    const isSecure = url.protocol === 'https:';
    this.#send = isSecure ? requestHttps : requestHttp;
    this.#agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true });
  }

  /** Posts JSON. @throws Error when the service does not answer with JSON within 30 seconds. */
  async post(path: string, body: object, token: string | null = null): Promise<LoadAnswer> {
    const sent = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent), 'x-client-name': 'partner-access load', ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = this.#send(new URL(path, this.url), { method: 'POST', headers, agent: this.#agent, signal: AbortSignal.timeout(TIMEOUT_MS) }, resolve);
      request.once('error', reject);
      request.end(sent);
    });
    const answer: unknown = JSON.parse(await text(response));
    if (!isRecord(answer)) throw new Error('The service answered with something else than a JSON object.');
    const retryAfter = Number(response.headers['retry-after']);
    return { status: response.statusCode ?? 0, retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null, body: answer };
  }

  /** Asks a GraphQL question. @throws Error as `post` does. */
  async ask({ token, query, variables }: { readonly token: string; readonly query: string; readonly variables: object }): Promise<LoadAnswer> {
    return this.post('graphql', { query, variables }, token);
  }

  /** Ends the open connections. */
  close(): void {
    this.#agent.destroy();
  }
}

/** Tells whether a value is a JSON object. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
