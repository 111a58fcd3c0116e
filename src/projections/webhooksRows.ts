import type { LogPosition } from '../eventstore/eventStore';

/** A webhook as it stands at the revision of its stream. */
export interface WebhookRow {
  readonly webhookId: string;
  readonly url: string;
  /** null for every type. */
  readonly types: readonly string[] | null;
  /** null for every app. */
  readonly appIds: readonly string[] | null;
  /** whether names and Keap IDs are sent. */
  readonly personalData: boolean;
  readonly registeredAt: string;
  /** what is to be sent up to here was sent or put aside. */
  readonly cursor: LogPosition;
  /** whether somebody has begun to send, and may be at it still. */
  readonly claimed: boolean;
  /** when somebody may send next; ISO 8601 in UTC. */
  readonly dueAt: string;
  /** tries of the event at `failedPosition` that failed. */
  readonly attempts: number;
  readonly failedPosition: LogPosition | null;
  readonly lastFailure: WebhookFailureRow | null;
  /** -1 where nothing has been written about it since it was registered. */
  readonly revision: number;
  /** of what was written last about it. */
  readonly occurredAt: string;
}

/** A try that failed. */
export interface WebhookFailureRow {
  readonly at: string;
  readonly position: LogPosition;
  readonly reason: string;
}

/** An event that was put aside after its last try. */
export interface DeadLetterRow extends WebhookFailureRow {
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly attempts: number;
}

/** There are no more webhooks than this. */
export const MAX_WEBHOOKS = 100;

/** Counting more dead letters than this tells nobody more. */
export const MAX_COUNTED_DEAD_LETTERS = 10_000;
