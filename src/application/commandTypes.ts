import type { UserRole } from '../domain/events';
import type { LogPosition } from '../eventstore/eventStore';

/** The wishes that a request can bring, as the mutations of the same names take them. */
export interface Keyed {
  readonly idempotencyKey?: string | null | undefined;
}
export interface RegisterAppInput extends Keyed {
  readonly appId: string;
  readonly name: string;
  readonly url?: string | null | undefined;
  readonly licences: number;
  readonly ownerKeapId: string;
  readonly ownerName?: string | null | undefined;
}
export interface SetLicencesInput extends Keyed {
  readonly appId: string;
  readonly licences: number;
}
export interface InviteInput extends Keyed {
  readonly appId: string;
  readonly keapId: string;
  readonly role: UserRole;
  readonly name?: string | null | undefined;
}
export interface InvitationInput extends Keyed {
  readonly appId: string;
  readonly invitationId: string;
}
/** Either `token`, or `appId` with `invitationId`. */
export interface AnswerInvitationInput extends Keyed {
  readonly token?: string | null | undefined;
  readonly appId?: string | null | undefined;
  readonly invitationId?: string | null | undefined;
}
export interface ChangeUserRoleInput extends Keyed {
  readonly appId: string;
  readonly userId: string;
  readonly role: UserRole;
}
export interface RemoveUserInput extends Keyed {
  readonly appId: string;
  readonly userId: string;
  readonly reassignContactsTo?: string | null | undefined;
}
export interface LeaveAppInput extends Keyed {
  readonly appId: string;
  readonly confirmAppId: string;
}
export interface AssignContactsInput extends Keyed {
  readonly appId: string;
  readonly userId: string;
  readonly contactIds: readonly string[];
}
export interface UnassignContactsInput extends Keyed {
  readonly appId: string;
  readonly contactIds: readonly string[];
}
export interface ReassignContactsInput extends Keyed {
  readonly appId: string;
  readonly fromUserId: string;
  readonly toUserId: string;
  readonly contactIds?: readonly string[] | null | undefined;
}
export interface SetAccountLabelInput extends Keyed {
  readonly appId: string;
  readonly label: string;
}

export interface ReleaseKeapIdInput extends Keyed {
  readonly keapId: string;
}

export interface RegisterWebhookInput extends Keyed {
  readonly url: string;
  /** null for every type. */
  readonly types?: readonly string[] | null | undefined;
  /** null for every app. */
  readonly appIds?: readonly string[] | null | undefined;
  /** whether names and Keap IDs are sent; not, when absent. */
  readonly personalData?: boolean | null | undefined;
}
export interface RemoveWebhookInput extends Keyed {
  readonly webhookId: string;
}
/** Either `after` or `deadLetters`. */
export interface ReplayWebhookInput extends Keyed {
  readonly webhookId: string;
  readonly after?: LogPosition | null | undefined;
  readonly deadLetters?: boolean | null | undefined;
}

/** What every granted wish answers: where it stands in the log. */
export interface Outcome {
  readonly position: LogPosition;
}
export interface WebhookOutcome extends Outcome {
  readonly webhookId: string;
}
/** The outcome of a wish about an app, with the ids of what it touched. */
export interface CommandOutcome extends Outcome {
  readonly appId: string;
}
export interface UserOutcome extends CommandOutcome {
  readonly userId: string;
}
export interface InvitationOutcome extends UserOutcome {
  readonly invitationId: string;
  /** how often the invitation has been sent, this time included. */
  readonly sendCount: number;
}
export interface ContactsOutcome extends CommandOutcome {
  /** how many contacts have another assignee, or none, now. */
  readonly changed: number;
}
export interface AssignOutcome extends ContactsOutcome {
  readonly userId: string;
}
export interface ReassignOutcome extends ContactsOutcome {
  readonly fromUserId: string;
  readonly toUserId: string;
}
