/**
 * Every fact this service can record, with its fields. Names are fixed for ever; a changed shape gets a new version in
 * `eventVersions.ts`. Personal fields (Keap ID, name) stand in `person` and nowhere else, so that the store's edge can
 * treat them apart from the rest.
 */

export type UserKind = 'USER' | 'PARTNER';
export type UserRole = 'ADMIN' | 'STANDARD';
export type ClosingReason = 'LEAVE' | 'REMOVAL';

/** The personal envelope: the Keap ID as it was typed, and the name if one was given. */
export interface PersonEnvelope {
  readonly keapId: string;
  readonly name: string | null;
}

export interface InvitedData {
  readonly userId: string;
  readonly invitationId: string;
  readonly role: UserRole;
  /** ISO 8601, UTC; the first moment at which the invitation is no longer valid. */
  readonly expiresAt: string;
  /** hex SHA-256 of the link's token; null where no link was made (imported). */
  readonly tokenHash: string | null;
  /** 1 for the first message; 0 where none was to be sent (imported). */
  readonly sendCount: number;
  /** the inviting user's id; null for an import. */
  readonly invitedBy: string | null;
  readonly person: PersonEnvelope;
}

/** Facts of `app-<appId>`, the roster. */
export type RosterEvent =
  | { readonly type: 'AppRegistered'; readonly data: { readonly name: string; readonly url: string; readonly licences: number } }
  | { readonly type: 'OwnerAdded'; readonly data: { readonly userId: string; readonly epoch: number; readonly person: PersonEnvelope } }
  | { readonly type: 'LicencesSet'; readonly data: { readonly licences: number } }
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
        /** who signed in; null for an import, whose people are bound at their first sign-in. */
        readonly personId: string | null;
        /** counts how often this user joined this app, from 1. */
        readonly epoch: number;
        readonly kind: UserKind;
        readonly role: UserRole;
        readonly person: PersonEnvelope;
      };
    }
  | { readonly type: 'UserRoleChanged'; readonly data: { readonly userId: string; readonly from: UserRole; readonly to: UserRole } }
  | { readonly type: 'PersonBound'; readonly data: { readonly userId: string; readonly personId: string } }
  | { readonly type: 'PartnerLeftApp'; readonly data: { readonly userId: string; readonly epoch: number; readonly leaveId: string } }
  | { readonly type: 'UserRemoved'; readonly data: { readonly userId: string; readonly epoch: number; readonly leaveId: string } };

/** Facts of `contacts-<appId>`: who is assigned which contact. */
export type ContactsEvent =
  | { readonly type: 'ContactsAssigned'; readonly data: { readonly userId: string; readonly epoch: number; readonly contactIds: readonly string[] } }
  | {
      readonly type: 'ContactsReassigned';
      readonly data: { readonly fromUserId: string; readonly userId: string; readonly epoch: number; readonly contactIds: readonly string[] };
    }
  | { readonly type: 'ContactsUnassigned'; readonly data: { readonly userId: string; readonly contactIds: readonly string[] } }
  | {
      readonly type: 'AssigneeClosed';
      readonly data: { readonly userId: string; readonly epoch: number; readonly leaveId: string; readonly reason: ClosingReason };
    }
  | { readonly type: 'AssigneeReopened'; readonly data: { readonly userId: string; readonly epoch: number; readonly leaveId: string } }
  | {
      readonly type: 'ReassignmentStarted';
      readonly data: {
        readonly reassignmentId: string;
        readonly fromUserId: string;
        readonly userId: string;
        readonly epoch: number;
        /** the removal of `fromUserId` that follows; null where they stay. */
        readonly removal: { readonly epoch: number; readonly leaveId: string } | null;
      };
    }
  | { readonly type: 'ReassignmentFinished'; readonly data: { readonly reassignmentId: string; readonly complete: boolean } };

/** Facts of an app, in either of its streams. */
export type AppEvent = RosterEvent | ContactsEvent;

/** Facts of `person-<key>`: whose sign-in a Keap ID belongs to. */
export type PersonEvent =
  | { readonly type: 'KeapIdBound'; readonly data: { readonly personId: string; readonly person: PersonEnvelope } }
  | { readonly type: 'KeapIdReleased'; readonly data: { readonly personId: string } };

/** Facts of `account-<userId>`: what a person calls an app in their own Account Central. */
export type AccountEvent = {
  readonly type: 'AccountLabelSet';
  readonly data: { readonly appId: string; readonly userId: string; readonly label: string };
};

/** Facts of `request-<key>`: what a request with an idempotency key was answered. */
export type RequestEvent =
  | { readonly type: 'RequestReceived'; readonly data: { readonly mutation: string; readonly digest: string } }
  | { readonly type: 'RequestAnswered'; readonly data: { readonly outcome: Readonly<Record<string, string | number>> } }
  | { readonly type: 'RequestRefused'; readonly data: { readonly code: string } };

/** Facts of `mail-<appId>`: what became of the messages that invitations are sent by. `sendCount` says which message of the invitation. */
export type MailEvent =
  | {
      readonly type: 'InvitationEmailAttempted';
      readonly data: {
        readonly userId: string;
        readonly invitationId: string;
        readonly sendCount: number;
        /** from 1. */
        readonly attempt: number;
        readonly messageId: string;
        /** ISO 8601, UTC; until then nobody else tries. */
        readonly until: string;
      };
    }
  | {
      readonly type: 'InvitationEmailSent';
      readonly data: { readonly userId: string; readonly invitationId: string; readonly sendCount: number; readonly messageId: string };
    }
  | {
      readonly type: 'InvitationEmailFailed';
      readonly data: {
        readonly userId: string;
        readonly invitationId: string;
        readonly sendCount: number;
        /** a word, and the mail server's status code where there is one; never its text, which may hold the address. */
        readonly reason: string;
        /** ISO 8601, UTC, of the next try; null where there is none any more. */
        readonly retryAt: string | null;
      };
    };

/** Facts of `webhooks`: where events are sent. There is room for so many, so that it is decided in one place. */
export type WebhookPlaceEvent =
  | {
      readonly type: 'WebhookRegistered';
      readonly data: {
        readonly webhookId: string;
        readonly url: string;
        /** null for every type. */
        readonly types: readonly string[] | null;
        /** null for every app. */
        readonly appIds: readonly string[] | null;
        /** whether names and Keap IDs are sent. */
        readonly personalData: boolean;
      };
    }
  | { readonly type: 'WebhookPlaceFreed'; readonly data: { readonly webhookId: string } };

/** Facts of `webhook-<id>`: how far sending has come. `position`s are those of the events that are sent. */
export type WebhookEvent =
  | { readonly type: 'WebhookRemoved'; readonly data: Readonly<Record<string, never>> }
  /** ISO 8601, UTC; until then nobody else sends. */
  | { readonly type: 'WebhookDeliveryClaimed'; readonly data: { readonly until: string } }
  | { readonly type: 'WebhookDelivered'; readonly data: { readonly upTo: string; readonly deadLetters: readonly string[] } }
  | {
      readonly type: 'WebhookAttemptFailed';
      readonly data: {
        readonly position: string;
        /** from 1. */
        readonly attempt: number;
        /** a word, and the receiver's status code where there is one; never its text. */
        readonly reason: string;
        /** ISO 8601, UTC, of the next try. */
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
        /** where the webhook stands from then on. */
        readonly upTo: string;
      };
    }
  | {
      readonly type: 'WebhookReplayRequested';
      readonly data: {
        /** null where the dead letters are to be sent again. */
        readonly after: string | null;
      };
    };

/** Facts of `audit-<yyyy-mm>`: what auditors have read. */
export type AuditEvent = {
  readonly type: 'AuditorRead';
  readonly data: {
    /** the field of the API that was asked for. */
    readonly read: string;
    /** null where it was about every app. */
    readonly appId: string | null;
    /** its arguments, those left out left out; a Keap ID among them stands in `person`. */
    readonly filter: AuditedFilter;
    readonly person: PersonEnvelope | null;
  };
};
export type AuditedFilter = Readonly<Record<string, string | number | readonly string[]>>;

export type DomainEvent = AppEvent | PersonEvent | AccountEvent | RequestEvent | MailEvent | WebhookPlaceEvent | WebhookEvent | AuditEvent;
export type DomainEventType = DomainEvent['type'];

/** A fact as a fold sees it: when it was recorded and where it stands, beside what it says. */
export type Recorded<E> = E & {
  readonly occurredAt: string;
  readonly position: string;
  readonly revision: number;
  readonly commandId: string;
  /** Whether the command came with an idempotency key, so that a repetition must find this fact again. */
  readonly keyed: boolean;
};
