import { POSITION, type RequestTrace } from '../../application/commandTypes';
import type { LogPosition } from '../../eventstore/eventStore';
import type { Identity } from '../auth/signIn';
import { traceparentOf } from '../requestSpans';
import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** The position that the read models have reached. */
export interface ReadProgress {
  /** Returns the position that every answer from now on includes. */
  position(): LogPosition;
  /** Waits for `position`. Resolves to whether the read models reached it within the time. */
  waitFor(position: LogPosition, timeoutMs: number): Promise<boolean>;
}

/** The facts from which the context of a request is built. */
export interface ContextRequest {
  /** Null when the request is not signed in. */
  readonly identity: Identity | null;
  readonly trace: RequestTrace;
  /** Whether the request is a dry run, which writes nothing. */
  readonly dryRun: boolean;
  /** Waits as `ReadProgress.waitFor` does. The position that a mutation waited for is then sent as `x-position`. */
  waitFor(position: LogPosition, timeoutMs: number): Promise<boolean>;
  /** What the work for the request is charged to; it is not charged when absent. */
  readonly meter?: WorkMeter;
}

/** Charges the work for a request to whoever sent it. */
export interface WorkMeter {
  /** Charges milliseconds that the event loop was seen to work. */
  worked(ms: number): void;
  /** Charges what awaited work has cost when it has ended. */
  measured<T>(work: () => Promise<T>): Promise<T>;
  /** Takes the price of work that is still to be done, in milliseconds. @throws GraphQLError `TOO_MANY_REQUESTS` when the budget has too little. */
  take(ms: number): void;
}

/** A meter that charges nobody. */
export const NO_METER: WorkMeter = { worked: () => undefined, measured: (work) => work(), take: () => undefined };

/** The parts of a request's context that the server needs. It calls every one of `disposables` once the request has been answered. */
export interface RequestResources {
  readonly disposables: readonly (() => void)[];
  /** Returns the events that a dry run would have written; absent or null for other requests. */
  readonly dryRun?: (() => readonly object[]) | null;
  /** Returns a function that tells later whether the answer would still be the same; absent or null where that cannot be told. */
  readonly freshness?: () => (() => boolean) | null;
}

/** Creates the context that resolvers get. */
export type ContextFactory = (request: ContextRequest) => Promise<RequestResources>;

/** A GraphQL request that is being answered. */
export class ServedRequest {
  readonly #progress: ReadProgress;
  readonly #positionAtStart: LogPosition;
  #positionWaitedFor: LogPosition | undefined;
  /** Whether the request was a query that was answered without errors. */
  isPlainQuery = false;
  /** The start in milliseconds, by the clock of `performance`. */
  readonly startedAt = performance.now();

  constructor(
    readonly correlationId: string,
    readonly accept: string | undefined,
    progress: ReadProgress,
    /** Takes note of work that was done for the request, in milliseconds. */
    readonly worked: (ms: number) => void,
  ) {
    this.#progress = progress;
    this.#positionAtStart = progress.position();
  }

  /** Waits for a position, and remembers the position that the read models then have. */
  async waitFor(position: LogPosition, timeoutMs: number): Promise<boolean> {
    const reached = await this.#progress.waitFor(position, timeoutMs);
    if (reached) this.#positionWaitedFor = this.#progress.position();
    return reached;
  }

  /**
   * Returns a position that the answer includes for certain. A query may read at any moment after its start, so it is the position at the start.
   * A mutation reads after it waited for its own events.
   */
  positionSeen(isMutation: boolean): LogPosition {
    if (!isMutation) return this.#positionAtStart;
    return this.#positionWaitedFor ?? this.#progress.position();
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_CLIENT_TEXT = 100;

type HeaderValue = string | string[] | undefined;

/** Returns the UUID of the header; a new one when the header is absent or not a UUID. */
export function correlationIdFrom(header: HeaderValue): string {
  return typeof header === 'string' && UUID.test(header) ? header : randomUUID();
}

/** Returns the position in `x-min-position`: null when the header is absent, undefined when it is not a position. */
export function minPositionFrom(header: HeaderValue): LogPosition | null | undefined {
  if (header === undefined || header === '') return null;
  return typeof header === 'string' && POSITION.test(header) ? header : undefined;
}

/** Returns whether `x-dry-run` asks for a dry run; undefined when it is neither true nor false. */
export function dryRunFrom(header: HeaderValue): boolean | undefined {
  if (header === undefined || header === 'false') return false;
  return header === 'true' ? true : undefined;
}

/** Returns the facts about a request that are stored with its events. The request's id is its correlation id. */
export function traceOf(request: FastifyRequest): RequestTrace {
  const clientName = clientText(request.headers['x-client-name']);
  const clientVersion = clientText(request.headers['x-client-version']);
  const traceparent = traceparentOf(request);
  return {
    correlationId: request.id,
    clientAddress: request.ip,
    ...(clientName === undefined ? {} : { clientName }),
    ...(clientVersion === undefined ? {} : { clientVersion }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** Returns the printable ASCII characters of a client's name or version, at most 100; undefined when none are left. */
function clientText(header: HeaderValue): string | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.replace(/[^\x20-\x7e]/g, '').trim().slice(0, MAX_CLIENT_TEXT).trim();
  return text === '' ? undefined : text;
}
