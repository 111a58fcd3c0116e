import type { FastifyInstance } from 'fastify';
import { sendProblem } from './errorReplies';

const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Answers what only development mode has, under the names of this machine and of PUBLIC_URL only. A foreign page whose
 * name was pointed at this machine is of the same origin for a browser, and could sign in as anybody.
 */
export function guardDevelopmentRoutes(app: FastifyInstance, publicUrl: string | null): void {
  const names = publicUrl === null ? THIS_MACHINE : [...THIS_MACHINE, new URL(publicUrl).hostname];
  app.addHook('onRequest', async (request, reply) => {
    if (!(request.routeOptions.url ?? '').startsWith('/dev/') || names.includes(nameOf(request.headers.host))) return undefined;
    const message = `This is answered under ${names.join(', ')} only. Use one of them, or set PUBLIC_URL to the address that you use.`;
    return sendProblem(request, reply, { status: 403, code: 'FORBIDDEN', message });
  });
}

/** The name in a host header, without its port; empty for what is none. */
function nameOf(host: string | undefined): string {
  return URL.canParse(`http://${host ?? ''}`) ? new URL(`http://${host ?? ''}`).hostname : '';
}
