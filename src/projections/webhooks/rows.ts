import type { LogPosition } from '../../eventstore/eventStore';

/** State of a webhook at `revision` of its stream. */
export interface WebhookRow {
  readonly webhookId: string;
  readonly url: string;
  /** Types of the events that are sent; null for every type. */
  readonly types: readonly string[] | null;
  /** Apps whose events are sent; null for every app. */
  readonly appIds: readonly string[] | null;
  /** Whether names and Keap IDs are sent. */
  readonly personalData: boolean;
  readonly registeredAt: string;
  /** Every matching event up to this position was sent or became a dead letter. */
  readonly cursor: LogPosition;
  /** Whether a process has claimed the webhook and recorded no outcome. */
  readonly claimed: boolean;
  /** Earliest time of the next attempt; ISO 8601 in UTC. */
  readonly dueAt: string;
  /** Failed attempts of the event at `failedPosition`. */
  readonly attempts: number;
  readonly failedPosition: LogPosition | null;
  readonly lastFailure: WebhookFailureRow | null;
  /** Last revision of the webhook's stream; -1 when nothing was recorded since its registration. */
  readonly revision: number;
  /** Time of the event at `revision`, or of the registration. */
  readonly occurredAt: string;
}

/** A failed attempt. */
export interface WebhookFailureRow {
  readonly at: string;
  readonly position: LogPosition;
  readonly reason: string;
}

/** An event whose last attempt failed. It is sent again only on request. */
export interface DeadLetterRow extends WebhookFailureRow {
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly attempts: number;
}

/** Registering more webhooks than this is refused. */
export const MAX_WEBHOOKS = 100;

/** Counting stops here; 10,000 stands for that many or more. */
export const MAX_COUNTED_DEAD_LETTERS = 10_000;
