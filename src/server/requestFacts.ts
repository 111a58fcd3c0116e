import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { RequestTrace } from '../application/caller';
import type { LogPosition } from '../eventstore/eventStore';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const POSITION = /^[0-9A-Za-z:-]{1,64}$/;
const MAX_CLIENT_TEXT = 100;

type HeaderValue = string | string[] | undefined;

/** The header's UUID as it came; a new one when it is absent or not a UUID. */
export function correlationIdFrom(header: HeaderValue): string {
  return typeof header === 'string' && UUID.test(header) ? header : randomUUID();
}

/** The position that the header asks to wait for: null when it asks for none, undefined when it is not a position. */
export function minPositionFrom(header: HeaderValue): LogPosition | null | undefined {
  if (header === undefined || header === '') return null;
  return typeof header === 'string' && POSITION.test(header) ? header : undefined;
}

/** Whether the header asks to write nothing; undefined when it says something that nobody could rely on. */
export function dryRunFrom(header: HeaderValue): boolean | undefined {
  if (header === undefined || header === '' || header === 'false') return false;
  return header === 'true' ? true : undefined;
}

/** What is kept of a request on the events that it leads to. The request's id is its correlation id. */
export function traceOf(request: FastifyRequest): RequestTrace {
  const clientName = clientText(request.headers['x-client-name']);
  const clientVersion = clientText(request.headers['x-client-version']);
  return {
    correlationId: request.id,
    clientAddress: request.ip,
    ...(clientName === undefined ? {} : { clientName }),
    ...(clientVersion === undefined ? {} : { clientVersion }),
  };
}

/** The printable ASCII of what a client says of itself, at most 100 characters; undefined when nothing is left. */
function clientText(header: HeaderValue): string | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.replace(/[^\x20-\x7e]/g, '').trim().slice(0, MAX_CLIENT_TEXT).trim();
  return text === '' ? undefined : text;
}
