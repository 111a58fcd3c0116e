import type { EventStore, LogPosition, StoredEvent } from '../eventstore/eventStore';
import type { Projection } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  readonly position: LogPosition;
  readonly state: 'RUNNING' | 'STOPPED';
  readonly error?: string;
}

export interface ProjectorStatus {
  /** whether everything that was in the log at some moment since the start has been seen. */
  readonly caughtUp: boolean;
  readonly projections: readonly ProjectionStatus[];
}

/** Events whose changes have just been committed, in log order. */
export interface AppliedBatch {
  readonly events: readonly StoredEvent[];
  readonly position: LogPosition;
}

export interface ProjectorProblem {
  readonly what: 'PROJECTION_STOPPED' | 'SUBSCRIPTION_LOST' | 'DATABASE_FAILED' | 'LISTENER_FAILED';
  readonly message: string;
  readonly projection?: string;
}

export interface ProjectorOptions {
  readonly store: EventStore;
  readonly database: ReadModelDatabase;
  readonly projections: readonly Projection[];
  /** pauses in ms before a lost subscription is taken up again; the last one repeats. */
  readonly retryDelaysMs?: readonly number[];
  readonly maxWaiters?: number;
  readonly report?: (problem: ProjectorProblem) => void;
}

/** Signatures first; the bodies follow. */
export declare class Projector {
  constructor(options: ProjectorOptions);
  start(): void;
  stop(): Promise<void>;
  pause(): void;
  resume(): void;
  waitFor(position: LogPosition, timeoutMs: number, names?: readonly string[]): Promise<boolean>;
  position(names?: readonly string[]): LogPosition;
  status(): ProjectorStatus;
  onApplied(listener: (batch: AppliedBatch) => void): () => void;
}
