/**
 * Every event that this service records, with its fields. Names never change; a changed shape gets a new version in
 * `eventVersions.ts`. Personal fields (Keap ID, name) are in `person` only, which the store encrypts.
 */

import type { AdministrationEvent } from './administration';
import type { AccessReviewEvent } from './reviews/events';
import type { WebhookEvent, WebhookPlaceEvent } from './webhookEvents';

export type UserKind = 'USER' | 'PARTNER';
export type UserRole = 'ADMIN' | 'STANDARD';
export type ClosingReason = 'LEAVE' | 'REMOVAL';

/** The personal fields of an event: the Keap ID as typed, and the name if one was given. */
export interface PersonEnvelope {
  readonly keapId: string;
  readonly name: string | null;
}

export interface InvitedData {
  readonly userId: string;
  readonly invitationId: string;
  readonly role: UserRole;
  /** The first moment at which the invitation is no longer valid, in ISO 8601, UTC. */
  readonly expiresAt: string;
  /** SHA-256 of the link's token in hexadecimal; null for an import, which has no link. */
  readonly tokenHash: string | null;
  /** Number of this message: 1 for the first one; 0 for an import, which sends none. */
  readonly sendCount: number;
  /** User id of the inviter; null for an import. */
  readonly invitedBy: string | null;
  /** Why, in the words of the inviter; null where they gave no reason. */
  readonly reason: string | null;
  readonly person: PersonEnvelope;
}

/** Events of `app-<appId>`, the roster. */
export type RosterEvent =
  | { readonly type: 'AppRegistered'; readonly data: { readonly name: string; readonly url: string; readonly licences: number } }
  | { readonly type: 'OwnerAdded'; readonly data: { readonly userId: string; readonly epoch: number; readonly person: PersonEnvelope } }
  | { readonly type: 'LicencesSet'; readonly data: { readonly licences: number } }
  | { readonly type: 'AppRenamed'; readonly data: { readonly name: string; readonly url: string } }
  | { readonly type: 'ImportStarted'; readonly data: object }
  | { readonly type: 'ImportFinished'; readonly data: { /** Number of changes in the imported file. */ readonly changes: number } }
  | { readonly type: 'PartnerInvited'; readonly data: InvitedData }
  | { readonly type: 'UserInvited'; readonly data: InvitedData }
  | {
      readonly type: 'InvitationResent';
      readonly data: {
        readonly userId: string;
        readonly invitationId: string;
        readonly expiresAt: string;
        readonly tokenHash: string;
        readonly sendCount: number;
      };
    }
  | { readonly type: 'InvitationRevoked'; readonly data: { readonly userId: string; readonly invitationId: string } }
  | { readonly type: 'InvitationDeclined'; readonly data: { readonly userId: string; readonly invitationId: string; readonly personId: string } }
  | { readonly type: 'InvitationExpired'; readonly data: { readonly userId: string; readonly invitationId: string } }
  | {
      readonly type: 'InvitationAccepted';
      readonly data: {
        readonly userId: string;
        readonly invitationId: string;
        /** The person who accepted; null for an import, whose people are bound when they first sign in. */
        readonly personId: string | null;
        /** Number of times this user has joined the app, from 1. It identifies one membership. */
        readonly epoch: number;
        readonly kind: UserKind;
        readonly role: UserRole;
        readonly person: PersonEnvelope;
      };
    }
  /** The address was held by another sign-in when it was accepted: the invitation moves from the user of the earlier holder. */
  | {
      readonly type: 'InvitationMoved';
      readonly data: {
        /** The user that the invitation belongs to from here on. */
        readonly userId: string;
        readonly fromUserId: string;
        readonly invitationId: string;
        readonly kind: UserKind;
        readonly role: UserRole;
        readonly expiresAt: string;
        readonly person: PersonEnvelope;
      };
    }
  | {
      readonly type: 'UserRoleChanged';
      readonly data: { readonly userId: string; readonly from: UserRole; readonly to: UserRole; /** Null where no reason was given. */ readonly reason: string | null };
    }
  | { readonly type: 'PersonBound'; readonly data: { readonly userId: string; readonly personId: string } }
  | {
      readonly type: 'PersonUpdated';
      readonly data: {
        readonly userId: string;
        /** When the token that says so was issued, in ISO 8601, UTC; null when it does not say. */
        readonly issuedAt: string | null;
        /** The Keap ID and the name from here on. */
        readonly person: PersonEnvelope;
      };
    }
  | {
      readonly type: 'AdminAppointed';
      readonly data: {
        readonly userId: string;
        readonly epoch: number;
        /** Whether the person was an active user before, who keeps their sign-in. Anybody else is bound at their first sign-in with the address. */
        readonly wasMember: boolean;
        /** The sign-in of an earlier membership, which is no longer this user; null when there was none. */
        readonly fromPersonId: string | null;
        /** The open invitation that the appointment ended; null when there was none. */
        readonly revokedInvitationId: string | null;
        readonly reason: string;
        /** The active admins, who are told by e-mail. */
        readonly informedUserIds: readonly string[];
        readonly person: PersonEnvelope;
      };
    }
  | {
      readonly type: 'UserRebound';
      readonly data: {
        readonly userId: string;
        /** The sign-in that is no longer this user; null when there was none. */
        readonly fromPersonId: string | null;
        /** The sign-in that is this user from now on; null for the next one with the address. */
        readonly toPersonId: string | null;
        readonly reason: string;
        /** The active admins, who are told by e-mail. */
        readonly informedUserIds: readonly string[];
        readonly person: PersonEnvelope;
      };
    }
  | { readonly type: 'PartnerLeftApp'; readonly data: { readonly userId: string; readonly epoch: number; readonly leaveId: string } }
  | {
      readonly type: 'UserRemoved';
      readonly data: { readonly userId: string; readonly epoch: number; readonly leaveId: string; /** Null where no reason was given. */ readonly reason: string | null };
    };

/** The removal of a user that follows when their contacts were passed on. */
export interface PlannedRemoval {
  /** The membership that ends. */
  readonly epoch: number;
  readonly leaveId: string;
  /** Why, in the words of the remover; null where they gave no reason. */
  readonly reason: string | null;
}

/** Events of `contacts-<appId>`: the assignees of contacts. */
export type ContactsEvent =
  | { readonly type: 'ContactsAssigned'; readonly data: { readonly userId: string; readonly epoch: number; readonly contactIds: readonly string[] } }
  | {
      readonly type: 'ContactsReassigned';
      readonly data: { readonly fromUserId: string; readonly userId: string; readonly epoch: number; readonly contactIds: readonly string[] };
    }
  | { readonly type: 'ContactsUnassigned'; readonly data: { readonly userId: string; readonly contactIds: readonly string[] } }
  | {
      readonly type: 'AssigneeClosed';
      readonly data: {
        readonly userId: string;
        readonly epoch: number;
        readonly leaveId: string;
        readonly reason: ClosingReason;
        /** Why the user is removed, in the words of the remover; null where they gave no reason, and for who leaves. */
        readonly removalReason: string | null;
      };
    }
  | { readonly type: 'AssigneeReopened'; readonly data: { readonly userId: string; readonly epoch: number; readonly leaveId: string } }
  | {
      readonly type: 'ReassignmentStarted';
      readonly data: {
        readonly reassignmentId: string;
        readonly fromUserId: string;
        readonly userId: string;
        readonly epoch: number;
        /** The removal of `fromUserId` that follows; null when they stay. */
        readonly removal: PlannedRemoval | null;
      };
    }
  | { readonly type: 'ReassignmentFinished'; readonly data: { readonly reassignmentId: string; readonly complete: boolean } };

/** Events of an app, in either of its streams. */
export type AppEvent = RosterEvent | ContactsEvent;

/** Events of `person-<key>`: the sign-ins that hold or held a Keap ID. */
export type PersonEvent =
  | {
      readonly type: 'KeapIdBound';
      readonly data: {
        readonly personId: string;
        /** When the token that says so was issued, in ISO 8601, UTC; null when it does not say. */
        readonly issuedAt: string | null;
        readonly person: PersonEnvelope;
      };
    }
  | { readonly type: 'KeapIdReleased'; readonly data: { readonly personId: string } };

/** Events of `language-<key>`: the language of the person who signs in with an address. */
export type LanguageEvent = {
  readonly type: 'LanguageNoted';
  /** Primary subtag of the sign-in's locale, such as `de`. */
  readonly data: { readonly language: string };
};

/** Events of `account-<userId>`: a user's own label of an app in Account Central. */
export type AccountEvent = {
  readonly type: 'AccountLabelSet';
  readonly data: { readonly appId: string; readonly userId: string; readonly label: string };
};

/** Events of `request-<key>`: requests with an idempotency key and their answers. */
export type RequestEvent =
  | { readonly type: 'RequestReceived'; readonly data: { readonly mutation: string; readonly digest: string } }
  | { readonly type: 'RequestAnswered'; readonly data: { readonly outcome: Readonly<Record<string, string | number>> } }
  | { readonly type: 'RequestRefused'; readonly data: { readonly code: string } };

/** Events of `mail-<appId>`: the delivery of invitation messages. `sendCount` identifies the message of an invitation. */
export type MailEvent =
  | {
      readonly type: 'InvitationEmailAttempted';
      readonly data: {
        readonly userId: string;
        readonly invitationId: string;
        readonly sendCount: number;
        /** Number of the attempt, from 1. */
        readonly attempt: number;
        readonly messageId: string;
        /** Until then, in ISO 8601, UTC, no other process makes an attempt. */
        readonly until: string;
      };
    }
  | {
      readonly type: 'InvitationEmailSent';
      readonly data: { readonly userId: string; readonly invitationId: string; readonly sendCount: number; readonly messageId: string };
    }
  | {
      readonly type: 'InvitationEmailPostponed';
      readonly data: {
        readonly userId: string;
        readonly invitationId: string;
        readonly sendCount: number;
        /** Attempts that count so far. The one that ended so is not among them. */
        readonly attempts: number;
        /** MAILBOX_FULL when other processes had claimed the mailbox's last places of the day before; otherwise why the mail server cannot be used, as a keyword and its status codes. */
        readonly reason: string;
        /** Until then, in ISO 8601, UTC, the message waits. */
        readonly until: string;
      };
    }
  | {
      readonly type: 'InvitationEmailFailed';
      readonly data: {
        readonly userId: string;
        readonly invitationId: string;
        readonly sendCount: number;
        /** A keyword, and the mail server's status codes if there are any. Never the server's text, which may contain the address. */
        readonly reason: string;
        /** Time of the next attempt in ISO 8601, UTC; null when there is none. */
        readonly retryAt: string | null;
      };
    };

/** Events of `mail-<appId>`: the delivery of notices to admins. A notice tells of one event; it and the recipient identify the message. */
export type NoticeEvent =
  | {
      readonly type: 'NoticeEmailAttempted';
      readonly data: {
        /** Id of the event that the notice tells of. */
        readonly noticeId: string;
        /** The recipient. */
        readonly userId: string;
        /** Number of the attempt, from 1. */
        readonly attempt: number;
        readonly messageId: string;
        /** Until then, in ISO 8601, UTC, no other process makes an attempt. */
        readonly until: string;
      };
    }
  | { readonly type: 'NoticeEmailSent'; readonly data: { readonly noticeId: string; readonly userId: string; readonly messageId: string } }
  | {
      readonly type: 'NoticeEmailPostponed';
      readonly data: { readonly noticeId: string; readonly userId: string; readonly attempts: number; readonly reason: string; readonly until: string };
    }
  | {
      readonly type: 'NoticeEmailFailed';
      readonly data: { readonly noticeId: string; readonly userId: string; readonly reason: string; readonly retryAt: string | null };
    };

/** Events of `audit-<yyyy-mm>`: reads by auditors. */
export type AuditEvent = {
  readonly type: 'AuditorRead';
  readonly data: {
    /** The field of the API that was read. */
    readonly read: string;
    /** The app that was read; null for all apps. */
    readonly appId: string | null;
    /** The arguments given. A Keap ID among them is in `person` instead. */
    readonly filter: AuditedFilter;
    readonly person: PersonEnvelope | null;
  };
};
export type AuditedFilter = Readonly<Record<string, string | number | readonly string[]>>;

export type DomainEvent = AppEvent | PersonEvent | LanguageEvent | AccountEvent | RequestEvent | MailEvent | NoticeEvent | WebhookPlaceEvent | WebhookEvent | AuditEvent | AccessReviewEvent | AdministrationEvent;
export type DomainEventType = DomainEvent['type'];

/** An event with its time and place in the log, as it is applied to a state. */
export type Recorded<E> = E & {
  readonly occurredAt: string;
  /** The service's time of the decision; `occurredAt` is later where the clock had gone back. */
  readonly decidedAt: string;
  readonly position: string;
  readonly revision: number;
  readonly commandId: string;
  /** The person, or the part of the system, that caused the event. */
  readonly actorId: string;
  /** Whether the command came with an idempotency key, so that a repeated request must find this event. */
  readonly keyed: boolean;
};

/** The person or the part of the system that a command acts for. */
export interface Actor {
  /** Keyed hash of the token's subject. It is recorded on every event as the actor. */
  readonly personId: string;
  /** The normalized Keap ID that the token of this request states, if its person holds it; null when another sign-in holds it. */
  readonly keapId: string | null;
  readonly scopes: readonly Scope[];
  /** Set for the system itself, such as an import or recovery, which no membership rule restricts. */
  readonly system?: true;
}

/** Scopes of a sign-in: `operator` registers apps and sets licences; `auditor` reads every app and its history. */
export type Scope = 'operator' | 'auditor';
