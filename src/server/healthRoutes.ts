import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/** Whether requests can be served and, part by part, what can be said of it. Goes out as JSON. */
export interface Readiness {
  readonly ready: boolean;
  readonly [part: string]: unknown;
}

/** `GET /health/live`: the process answers. `GET /health/ready`: 200, or 503 with JSON that names what is not ready. */
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
