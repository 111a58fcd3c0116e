import { pino, type Logger } from 'pino';
import { createDevelopmentTokens } from '../../src/server/auth/developmentTokens';
import { startHttpServer, type HttpServerOptions, type RunningHttpServer } from '../../src/server/httpServer';
import type { ContextRequest, RequestResources } from '../../src/server/graphql/request';
import { createSignIn } from '../../src/server/auth/sharedSecret';
import { buildTestSchema, type TestContext } from './testSchema';

export const JWT_SECRET = new Uint8Array(Buffer.from('a secret for tests that has more than 32 bytes'));

/** Collects what is logged, as parsed lines. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  return { logger, lines };
}

/** Read models that stand where the test puts them. */
class FakeProgress {
  readonly waits: { readonly position: string; readonly timeoutMs: number }[] = [];
  /** what `position()` says after a wait, while the answer is being written; where it stood when absent. */
  standing = '0000000000000005';
  onWait: (position: string) => boolean = (position) => position <= this.standing;

  position(): string {
    return this.standing;
  }

  waitFor(position: string, timeoutMs: number): Promise<boolean> {
    this.waits.push({ position, timeoutMs });
    return Promise.resolve(this.onWait(position));
  }
}

export interface TestServer {
  readonly url: string;
  readonly server: RunningHttpServer;
  readonly progress: FakeProgress;
  readonly logged: Record<string, unknown>[];
  readonly contexts: { readonly request: ContextRequest; disposed: number }[];
  /** Sends a GraphQL request by POST; `headers` come on top of the content type. */
  ask(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export interface TestServerOptions extends Partial<HttpServerOptions> {
  readonly gate?: () => Promise<void>;
  readonly failContextWith?: Error;
}

const running: RunningHttpServer[] = [];

/** A server over the test schema, on a free port. `stopTestServers` stops it. */
export async function startTestServer({ gate, failContextWith, ...options }: TestServerOptions = {}): Promise<TestServer> {
  const { logger, lines } = recordingLogger();
  const progress = new FakeProgress();
  const contexts: TestServer['contexts'] = [];
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    development: true,
    introspection: true,
    schema: buildTestSchema(),
    logger,
    signIn: createSignIn({ jwtSecret: JWT_SECRET, clockToleranceSeconds: 30 }),
    createContext: (request) => {
      if (failContextWith !== undefined) return Promise.reject(failContextWith);
      const record = { request, disposed: 0 };
      contexts.push(record);
      const context: TestContext & RequestResources = {
        viewer: request.identity?.keapId ?? null,
        trace: request.trace,
        waitFor: request.waitFor.bind(request),
        gate: gate ?? (() => Promise.resolve()),
        disposables: [() => (record.disposed += 1)],
      };
      return Promise.resolve(context);
    },
    progress,
    readiness: () => ({ ready: true }),
    developmentTokens: createDevelopmentTokens({ jwtSecret: JWT_SECRET }),
    ...options,
  });
  running.push(server);
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    server,
    progress,
    logged: lines,
    contexts,
    ask: (body, headers = {}) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

/** Stops every server that `startTestServer` started. */
export async function stopTestServers(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.close()));
}

interface ErrorEntry {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** A GraphQL answer's body. */
export async function bodyOf(response: Response): Promise<{ readonly data?: Record<string, unknown> | null; readonly errors?: readonly ErrorEntry[] }> {
  return (await response.json()) as { data?: Record<string, unknown> | null; errors?: readonly ErrorEntry[] };
}

/** The codes of a GraphQL answer's errors. */
export async function codesOf(response: Response): Promise<readonly unknown[]> {
  const { errors = [] } = await bodyOf(response);
  return errors.map(({ extensions }) => extensions['code']);
}
