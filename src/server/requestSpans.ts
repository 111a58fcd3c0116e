import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isTraceparent, type Span, type Traceparent, type Tracing } from '../tracing/tracing';

/** Requests of monitoring, which would hide the others. */
const UNTRACED = ['/health/', '/metrics'];

const spans = new WeakMap<FastifyRequest, Span>();

/** Records a span of each request. A `traceparent` that the client sends is its parent. */
export function addRequestSpans(app: FastifyInstance, tracing: Tracing): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, routeOptions: { url = 'unknown' }, headers: { traceparent } } = request;
    if (!UNTRACED.some((prefix) => url.startsWith(prefix))) {
      spans.set(request, tracing.start({
        name: `${method} ${url}`, kind: 'SERVER', parent: isTraceparent(traceparent) ? traceparent : undefined,
        attributes: { 'http.request.method': method, 'http.route': url, 'partner_access.correlation_id': request.id },
      }));
    }
    done();
  });
  app.addHook('onResponse', (request, { statusCode }, done) => {
    const span = spans.get(request);
    span?.set({ 'http.response.status_code': statusCode });
    span?.end(statusCode >= 500 ? new Error('The request failed.') : undefined);
    done();
  });
}

/** The span of a request; undefined where none is recorded. */
export const traceparentOf = (request: FastifyRequest): Traceparent | undefined => spans.get(request)?.traceparent;
