/** Events of `webhooks`: the registered webhooks. They share one stream so that their number can be limited. */
export type WebhookPlaceEvent =
  | {
      readonly type: 'WebhookRegistered';
      readonly data: {
        readonly webhookId: string;
        readonly url: string;
        /** Types of events to send; null for all. */
        readonly types: readonly string[] | null;
        /** Apps whose events are sent; null for all. */
        readonly appIds: readonly string[] | null;
        /** Whether names and Keap IDs are sent. */
        readonly personalData: boolean;
      };
    }
  | { readonly type: 'WebhookPlaceFreed'; readonly data: { readonly webhookId: string } };

/** Events of `webhook-<id>`: the progress of its deliveries. Each `position` is that of an event to send. */
export type WebhookEvent =
  | { readonly type: 'WebhookRemoved'; readonly data: Readonly<Record<string, never>> }
  /** Until then, in ISO 8601, UTC, no other process sends to the webhook. */
  | { readonly type: 'WebhookDeliveryClaimed'; readonly data: { readonly until: string } }
  | { readonly type: 'WebhookDelivered'; readonly data: { readonly upTo: string; readonly deadLetters: readonly string[] } }
  | {
      readonly type: 'WebhookAttemptFailed';
      readonly data: {
        readonly position: string;
        /** Number of the attempt, from 1. */
        readonly attempt: number;
        /** A keyword, and the receiver's status code if there is one. Never the receiver's text. */
        readonly reason: string;
        /** Time of the next attempt in ISO 8601, UTC. */
        readonly retryAt: string;
      };
    }
  | {
      readonly type: 'WebhookDeadLettered';
      readonly data: {
        readonly position: string;
        readonly eventId: string;
        readonly stream: string;
        readonly revision: number;
        readonly attempts: number;
        readonly reason: string;
        /** Log position up to which the webhook's events are done. */
        readonly upTo: string;
      };
    }
  | {
      readonly type: 'WebhookReplayRequested';
      readonly data: {
        /** Position after which events are sent again; null to send the dead letters again. */
        readonly after: string | null;
      };
    };
