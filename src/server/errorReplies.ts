import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { JSON_TYPE, negotiatedMediaType } from './mediaTypes';
import type { PublicCode } from './publicErrors';

export const GRAPHQL_PATH = '/graphql';

/** Why a request is not answered. */
export interface Problem {
  readonly status: number;
  readonly code: PublicCode | 'NOT_FOUND';
  readonly message: string;
}

/** Answers with an error: in GraphQL's shape at the GraphQL address, else as `{error: {code, message}}`. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, { status, code, message }: Problem): FastifyReply {
  if (!isGraphql(request)) return reply.code(status).send({ error: { code, message } });
  const mediaType = negotiatedMediaType(request.headers.accept) ?? JSON_TYPE;
  return reply
    .code(status)
    .type(`${mediaType}; charset=utf-8`)
    .send(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

const isGraphql = (request: FastifyRequest): boolean => request.url === GRAPHQL_PATH || request.url.startsWith(`${GRAPHQL_PATH}?`);

/** Answers for addresses that do not exist, and for requests that fail outside GraphQL. */
export function addErrorReplies(app: FastifyInstance, logger: Logger, bodyLimitBytes: number): void {
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, { status: 404, code: 'NOT_FOUND', message: 'There is nothing at this address.' }));
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, bodyLimitBytes);
    if (problem !== null) return sendProblem(request, reply, problem);
    logger.error({ correlationId: request.id, err: error }, 'A request failed');
    return sendProblem(request, reply, {
      status: 500,
      code: 'INTERNAL_SERVER_ERROR',
      message: `Something went wrong on the server. Correlation id ${request.id}.`,
    });
  });
}

/** What is wrong with the request; null when the fault is the server's. */
function problemOf(error: unknown, bodyLimitBytes: number): Problem | null {
  const { name, code, statusCode } = errorFacts(error);
  const bad = (status: number, message: string): Problem => ({ status, code: 'BAD_USER_INPUT', message });
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bad(413, `The body of a request may have ${bodyLimitBytes.toLocaleString('en')} bytes (${Math.floor(bodyLimitBytes / 1024)} KiB) at most.`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return bad(415, `The body of a request must be ${JSON_TYPE}.`);
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return bad(400, 'The body is empty; it must be JSON.');
    case 'ERR_INVALID_URL':
      return bad(400, 'The address or the host header of the request is not valid.');
    default:
  }
  if (name === 'SyntaxError' && statusCode === 400) return bad(400, 'The body is not valid JSON.');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return bad(statusCode, 'The request cannot be read.');
  return null;
}

function errorFacts(error: unknown): { readonly name?: unknown; readonly code?: unknown; readonly statusCode?: number } {
  if (typeof error !== 'object' || error === null) return {};
  return {
    ...('name' in error ? { name: error.name } : {}),
    ...('code' in error ? { code: error.code } : {}),
    ...('statusCode' in error && typeof error.statusCode === 'number' ? { statusCode: error.statusCode } : {}),
  };
}
