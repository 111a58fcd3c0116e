import autocannon from 'autocannon';
import type { ChildServer } from './childServer';

/** The connections over which a server is kept busy, each with one request under way. */
export const CONNECTIONS = 64;

/** What a connection sends, in turn and again from the beginning. */
export interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A function gets a number that is different for each request. */
  readonly body: string | ((request: number) => string);
}

let requests = 0;

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly latencyMs: { readonly median: number; readonly p99: number };
  /** CPU time of the server for each request. */
  readonly cpuMicroseconds: number;
}

/**
 * Keeps the server busy for some seconds.
 * @param sentBy what the connection with this number sends.
 * @param expected what stands in every answer.
 * @throws Error when an answer is not 200, does not hold what is expected, or does not come.
 */
export async function load(server: ChildServer, seconds: number, sentBy: (connection: number) => readonly Sent[], expected: string): Promise<LoadResult> {
  let connection = 0;
  let unexpected = '';
  const cpuBefore = server.cpuSeconds();
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    duration: seconds,
    setupClient(client) {
      client.setRequests(
        sentBy(connection++).map(({ path, headers, body }) => ({
          method: 'POST',
          path,
          headers: { 'content-type': 'application/json', ...headers },
          ...(typeof body === 'string' ? { body } : { setupRequest: (request: autocannon.Request) => ({ ...request, body: body(++requests) }) }),
          onResponse: (status: number, answer: string) => {
            if (status !== 200 || !answer.includes(expected)) unexpected ||= `${status} ${answer.slice(0, 500)}`;
          },
        })),
      );
    },
  });
  if (unexpected !== '') throw new Error(`The server answered something else than ${expected}: ${unexpected}`);
  if (result.errors > 0) throw new Error(`${result.errors} requests were not answered.`);
  return {
    requestsPerSecond: result.requests.total / result.duration,
    latencyMs: { median: result.latency.p50, p99: result.latency.p99 },
    cpuMicroseconds: ((server.cpuSeconds() - cpuBefore) * 1e6) / result.requests.total,
  };
}
