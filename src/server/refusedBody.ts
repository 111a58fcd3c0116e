import type { FastifyReply, FastifyRequest } from 'fastify';

/** Bytes of a refused body that are still received and thrown away. A body that announces more, or no length, has its connection closed. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Keeps the connection of a request whose body was refused open until the announced rest of it has come. A client that still sends when
 * the connection is closed finds the connection broken and never reads the answer (RFC 9112, section 9.6). How long it may take is bounded by the
 * server's request timeout.
 */
export function receiveRefusedBody(request: FastifyRequest, reply: FastifyReply): void {
  if (Number(request.headers['content-length']) <= MOST_BYTES) reply.removeHeader('connection');
}
