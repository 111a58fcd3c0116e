/** Where an app's stream of messages stood; revision -1 where there was none yet. */
export interface MailHead {
  readonly revision: number;
  readonly occurredAt: string;
}

/** A message with an invitation: `sendCount` says which one of it. */
export interface MailKey {
  readonly appId: string;
  readonly invitationId: string;
  readonly userId: string;
  readonly sendCount: number;
}

/** A message that was sent, or was about to be. */
export interface MailMessageRow extends MailKey {
  readonly head: MailHead;
}

/** A message that is to be sent now. */
export interface MailToDoRow extends MailMessageRow {
  /** tries that were begun. */
  readonly attempts: number;
  /** of the event that asked for it. */
  readonly eventId: string;
  readonly correlationId: string;
}
