import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { MAX_NESTING } from './jsonBody';
import { isRetryStatus, type PublicCode, RETRY_AFTER_SECONDS } from './publicErrors';
import { receiveRefusedBody } from './refusedBody';

/** The media types of GraphQL answers. */
export const JSON_TYPE = 'application/json';
export const GRAPHQL_RESPONSE_TYPE = 'application/graphql-response+json';

type GraphqlMediaType = typeof JSON_TYPE | typeof GRAPHQL_RESPONSE_TYPE;

interface AcceptedRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * Chooses the media type of the answer from the `Accept` header; null when the client accepts neither. Without a header, and when a
 * wildcard allows both, it is `application/json`; of equally preferred types it is the one named first.
 */
export function negotiatedMediaType(accept: string | undefined): GraphqlMediaType | null {
  if (accept === undefined || accept.trim() === '') return JSON_TYPE;
  const ranges = accept.split(',').map(parseRange);
  const json = preferenceFor(JSON_TYPE, ranges);
  const graphql = preferenceFor(GRAPHQL_RESPONSE_TYPE, ranges);
  if (json.quality <= 0 && graphql.quality <= 0) return null;
  if (graphql.quality !== json.quality) return graphql.quality > json.quality ? GRAPHQL_RESPONSE_TYPE : JSON_TYPE;
  if (graphql.specificity !== json.specificity) return graphql.specificity > json.specificity ? GRAPHQL_RESPONSE_TYPE : JSON_TYPE;
  return graphql.index < json.index ? GRAPHQL_RESPONSE_TYPE : JSON_TYPE;
}

function parseRange(text: string): AcceptedRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { type, quality: Number.isFinite(quality) ? quality : 0 };
}

/** The quality of a type is that of the most specific range that matches it. */
function preferenceFor(type: GraphqlMediaType, ranges: readonly AcceptedRange[]): { quality: number; specificity: number; index: number } {
  for (const [specificity, pattern] of [[2, type], [1, 'application/*'], [0, '*/*']] as const) {
    const index = ranges.findIndex((range) => range.type === pattern);
    const range = ranges[index];
    if (range !== undefined) return { quality: range.quality, specificity, index };
  }
  return { quality: 0, specificity: -1, index: ranges.length };
}

export const GRAPHQL_PATH = '/graphql';

/** Where files are downloaded: everybody who had access, what operators and auditors did, and a signed-off access review as a sealed file and as a page. */
export const EXPORT_PATHS = { access: '/export/access.csv', administration: '/export/administration.ndjson', reviewFile: '/export/review.ndjson', reviewPage: '/export/review.html' } as const;

/** The reason why a request is refused. */
export interface Problem {
  readonly status: number;
  readonly code: PublicCode | 'NOT_FOUND';
  readonly message: string;
}

/** Sends an error: in GraphQL's format at the GraphQL endpoint, elsewhere as `{error: {code, message}}`. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, { status, code, message }: Problem): FastifyReply {
  if (!isGraphql(request)) return reply.code(status).send({ error: { code, message } });
  const mediaType = negotiatedMediaType(request.headers.accept) ?? JSON_TYPE;
  return reply
    .code(status)
    .type(`${mediaType}; charset=utf-8`)
    .send(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

const isGraphql = (request: FastifyRequest): boolean => request.url === GRAPHQL_PATH || request.url.startsWith(`${GRAPHQL_PATH}?`);

/** Answers a request whose address cannot be matched with any route, which never reaches the handlers of errors. */
export function sendAddressProblem(request: FastifyRequest, reply: FastifyReply, status = 400): FastifyReply {
  const message = status === 414 ? 'A part of the address is too long.' : 'The address is not valid. After a percent sign, write two hexadecimal digits of a character in UTF-8.';
  return sendProblem(request, reply.header('x-correlation-id', request.id), { status, code: 'BAD_USER_INPUT', message });
}

/** Handles unknown addresses, bodies that cannot be read, answers that ask to retry, and requests that fail outside GraphQL. */
export function addErrorReplies(app: FastifyInstance, logger: Logger, bodyLimitBytes: number): void {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isRetryStatus(reply.statusCode) && !reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_AFTER_SECONDS);
    done();
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, { status: 404, code: 'NOT_FOUND', message: 'This address does not exist.' }));
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, bodyLimitBytes);
    if (problem?.status === 413) receiveRefusedBody(request, reply);
    if (problem !== null) return sendProblem(request, reply, problem);
    logger.error({ correlationId: request.id, err: error }, 'A request failed');
    return sendProblem(request, reply, {
      status: 500,
      code: 'INTERNAL_SERVER_ERROR',
      message: `Something went wrong on the server. Correlation id ${request.id}.`,
    });
  });
}

/** The problem of the request; null when the server is at fault. */
function problemOf(error: unknown, bodyLimitBytes: number): Problem | null {
  const { name, code, statusCode } = errorFacts(error);
  const bad = (status: number, message: string): Problem => ({ status, code: 'BAD_USER_INPUT', message });
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bad(413, `The request body may have at most ${bodyLimitBytes.toLocaleString('en')} bytes (${Math.floor(bodyLimitBytes / 1024)} KiB).`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return bad(415, `The request body must be ${JSON_TYPE}.`);
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return bad(400, 'The request body is empty. Send JSON.');
    case 'NOT_UTF_8':
      return bad(400, 'The request body is not valid UTF-8. Encode it as UTF-8.');
    case 'NESTED_TOO_DEEP':
      return bad(400, `Lists and objects in the request body may be nested ${MAX_NESTING} levels deep.`);
    case 'ERR_INVALID_URL':
      return bad(400, 'The address or the host header of the request is not valid.');
    default:
  }
  if (name === 'SyntaxError' && statusCode === 400) return bad(400, 'The request body is not valid JSON.');
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
