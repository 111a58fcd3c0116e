import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** What no page of the service may do. */
const DEFAULT_POLICY = { defaultSrc: ['\'self\''], baseUri: ['\'none\''], formAction: ['\'self\''], frameAncestors: ['\'none\''], objectSrc: ['\'none\''] };

/**
 * Headers of every answer that tell browsers what is not allowed, as helmet sets them. They are computed once, because they are the same for each request.
 * @param development the service is reached without TLS, so browsers must not insist on it.
 */
export function securityHeaders(development: boolean): Readonly<Record<string, string>> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: DEFAULT_POLICY },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: !development,
  });
  setHeaders(request, response, (error) => {
    if (error instanceof Error) throw error;
  });
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
}
