import { timingSafeEqual, createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './errorReplies';
import { METRICS_CONTENT_TYPE, type ServiceMetrics } from './metrics';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** `GET /metrics`, and the counting of every request. With a token only whoever sends it as a bearer token reads them. */
export function addMetrics(app: FastifyInstance, metrics: ServiceMetrics, token: string | null): void {
  app.addHook('onResponse', (request, reply, done) => {
    metrics.requestAnswered({ route: request.routeOptions.url ?? 'none', method: request.method, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    done();
  });
  app.get('/metrics', async (request, reply) => {
    const given = request.headers.authorization ?? '';
    if (token !== null && !timingSafeEqual(digest(given), digest(`Bearer ${token}`))) {
      reply.header('www-authenticate', 'Bearer');
      return sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message: 'The metrics need a bearer token.' });
    }
    return reply.type(METRICS_CONTENT_TYPE).send(await metrics.text());
  });
}
