import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Projector } from '../projections/live/projector';
import { createHash, timingSafeEqual } from 'node:crypto';
import { sendProblem } from './errorReplies';
import { METRICS_CONTENT_TYPE, type ServiceMetrics } from './metrics';

/** Whether the service can answer requests, with details by part. It is sent as JSON. */
export interface Readiness {
  readonly ready: boolean;
  readonly [part: string]: unknown;
}

/** Adds `GET /health/live`, which always answers 200, and `GET /health/ready`, which answers 503 while a part is not ready. */
export function addHealthRoutes(app: FastifyInstance, readiness: () => Readiness | Promise<Readiness>, logger: Logger): void {
  app.get('/health/live', () => ({ live: true }));
  app.get('/health/ready', async (_request, reply) => {
    const state = await Promise.resolve()
      .then(readiness)
      .catch((error: unknown): Readiness => {
        logger.error({ err: error }, 'Readiness could not be determined');
        return { ready: false, readiness: 'could not be determined' };
      });
    return reply.code(state.ready ? 200 : 503).send(state);
  });
}

/** The part of a log that readiness depends on. */
interface AnsweringStore {
  readonly isOpen: boolean;
  /** Why nothing can be written; null while writes succeed. */
  readonly problem: { readonly what: string } | null;
  /** Whether the log answers within that many milliseconds. Never throws. */
  answers(withinMs: number): Promise<boolean>;
}

const WAIT_MS = 1_000;

/** What is wrong with other parts of the service; null for one that works. */
interface PartProblems {
  /** Why new keys of people cannot be written. */
  readonly keys: object | null;
  /** How the log contradicts its signed checkpoints. */
  readonly checkpoints: object | null;
  /** Why the read models are filled again. */
  readonly readModels: object | null;
  /** Why the mail server cannot be used. It is told, and requests are answered all the same. */
  readonly mail: object | null;
  /** Why the witness does not countersign checkpoints. It is told, and requests are answered all the same. */
  readonly witness: object | null;
  /** Why checkpoints get no time stamps. It is told, and requests are answered all the same. */
  readonly timeStamps: object | null;
}

/** Checks that the log answers and can be written, that it agrees with its checkpoints, and that the read models run and have caught up with it. Those that are still being filled are told, and requests about the others are answered. */
export async function readinessOf(store: AnsweringStore, projector: Projector, { keys, checkpoints, readModels, mail, witness, timeStamps }: PartProblems): Promise<Readiness> {
  const { caughtUp, projections, filling } = projector.status();
  const running = projections.every(({ state }) => state === 'RUNNING');
  const state = await stateOf(store);
  const writes = store.problem ?? keys;
  return {
    ready: state === 'open' && writes === null && checkpoints === null && readModels === null && caughtUp && running,
    store: state,
    ...(writes === null ? {} : { writes }),
    ...(checkpoints === null ? {} : { checkpoints }),
    ...(readModels === null ? {} : { readModels }),
    caughtUp,
    projections,
    ...(filling === null ? {} : { filling }),
    ...(mail === null ? {} : { mail }),
    ...(witness === null ? {} : { witness }),
    ...(timeStamps === null ? {} : { timeStamps }),
  };
}

async function stateOf(store: AnsweringStore): Promise<'open' | 'closed' | 'not reachable' | 'refuses this service'> {
  if (!store.isOpen) return 'closed';
  if (await store.answers(WAIT_MS)) return 'open';
  return store.problem?.what === 'ACCESS_DENIED' ? 'refuses this service' : 'not reachable';
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Counts every request and adds `GET /metrics`. @param token bearer token that `/metrics` requires; null for none. */
export function addMetrics(app: FastifyInstance, metrics: ServiceMetrics, token: string | null): void {
  app.addHook('onResponse', (request, reply, done) => {
    metrics.requestAnswered({ route: request.routeOptions.url ?? 'none', method: request.method, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    done();
  });
  app.get('/metrics', async (request, reply) => {
    const given = request.headers.authorization ?? '';
    if (token !== null && !timingSafeEqual(digest(given), digest(`Bearer ${token}`))) {
      reply.header('www-authenticate', 'Bearer');
      return sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message: 'Send METRICS_TOKEN as a bearer token.' });
    }
    return reply.type(METRICS_CONTENT_TYPE).send(await metrics.text());
  });
}
