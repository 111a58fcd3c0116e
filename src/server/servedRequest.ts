import type { RequestTrace } from '../application/caller';
import type { LogPosition } from '../eventstore/eventStore';
import type { Identity } from './identity';

/** The read models as the server sees them: how far they are, and waiting until they are further. */
export interface ReadProgress {
  /** What every answer from now on includes. */
  position(): LogPosition;
  /** Whether the read models reached `position` within the time. */
  waitFor(position: LogPosition, timeoutMs: number): Promise<boolean>;
}

/** What a request's context is made from. */
export interface ContextRequest {
  /** null when the request is not signed in. */
  readonly identity: Identity | null;
  readonly trace: RequestTrace;
  /** whether nothing is to be written. */
  readonly dryRun: boolean;
  /** `ReadProgress.waitFor`, for this request: what a mutation waits for through it is what `x-position` then says. */
  waitFor(position: LogPosition, timeoutMs: number): Promise<boolean>;
}

/** What a request's context must have; called when the request has been answered. */
export interface RequestResources {
  readonly disposables: readonly (() => void)[];
  /** what the request would have written, where it was a dry run. */
  readonly tried?: (() => readonly object[]) | null;
}

/** Makes the context that resolvers get. */
export type ContextFactory = (request: ContextRequest) => Promise<RequestResources>;

/** One GraphQL request on its way through the server. */
export class ServedRequest {
  readonly #progress: ReadProgress;
  readonly #positionAtStart: LogPosition;
  #positionWaitedFor: LogPosition | undefined;
  /** milliseconds, by the clock of `performance`. */
  readonly startedAt = performance.now();

  constructor(
    readonly correlationId: string,
    readonly accept: string | undefined,
    progress: ReadProgress,
  ) {
    this.#progress = progress;
    this.#positionAtStart = progress.position();
  }

  /** Waits, and notes how far the read models then are. */
  async waitFor(position: LogPosition, timeoutMs: number): Promise<boolean> {
    const reached = await this.#progress.waitFor(position, timeoutMs);
    if (reached) this.#positionWaitedFor = this.#progress.position();
    return reached;
  }

  /**
   * What the answer surely includes. A query reads at any moment after its start, so it is the position of the start. A mutation
   * reads after it waited for its own events.
   */
  positionSeen(isMutation: boolean): LogPosition {
    if (!isMutation) return this.#positionAtStart;
    return this.#positionWaitedFor ?? this.#progress.position();
  }
}
