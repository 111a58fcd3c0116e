import type { DomainEvent, DomainEventType } from './events';

/** The data of an event of any version. */
export type EventData = Readonly<Record<string, unknown>>;

/** Converts event data from one version to the next. A pure function that is never changed once events of its version were written. */
export type Lift = (data: EventData) => EventData;

/** An event as it was written, in any version. */
export interface WrittenEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: EventData;
}

/** The types of events, and the conversion of old versions to the current one. */
export class EventVersions<T extends string> {
  /** @param lifts the conversions of each type, from version 1 to 2, from 2 to 3, and so on; none for a type that never changed. */
  constructor(private readonly lifts: Readonly<Record<T, readonly Lift[]>>) {}

  /** Whether this program knows events of that type. */
  isKnownType(type: string): type is T {
    return Object.hasOwn(this.lifts, type);
  }

  /** The version in which events of this type are written now. */
  current(type: T): number {
    return this.lifts[type].length + 1;
  }

  /** Converts the data to the current version. Returns undefined for a type or version that this program does not know. */
  lifted({ type, schemaVersion, data }: WrittenEvent): EventData | undefined {
    if (!this.isKnownType(type) || !Number.isInteger(schemaVersion) || schemaVersion < 1 || schemaVersion > this.current(type)) return undefined;
    if (schemaVersion === this.current(type)) return data;
    return this.lifts[type].slice(schemaVersion - 1).reduce((older, lift) => lift(older), data);
  }
}

/** A binding of version 1 does not say when its token was issued. */
const withoutIssueTime: Lift = (data) => ({ ...data, issuedAt: null });

/** Version 1 had no place for the reason that a person gave. */
const withoutReason: Lift = (data) => ({ ...data, reason: null });
const withoutRemovalReason: Lift = (data) => ({ ...data, removalReason: null });
const withoutReasonOfRemoval: Lift = (data) => ({ ...data, removal: data['removal'] === null ? null : { ...(data['removal'] as EventData), reason: null } });

/** Texts about a person are in that person's envelope from this version on. The store opens it, so that readers see the same as before. */
const asBefore: Lift = (data) => data;

/** Every type of event, with the conversions from its old versions. */
export const LIFTS: Readonly<Record<DomainEventType, readonly Lift[]>> = {
  AppRegistered: [],
  OwnerAdded: [],
  LicencesSet: [],
  AppRenamed: [],
  ImportStarted: [],
  ImportFinished: [],
  PartnerInvited: [withoutReason, asBefore],
  UserInvited: [withoutReason, asBefore],
  InvitationResent: [],
  InvitationRevoked: [],
  InvitationDeclined: [],
  InvitationExpired: [],
  InvitationAccepted: [],
  InvitationMoved: [],
  UserRoleChanged: [withoutReason, asBefore],
  PersonBound: [],
  PersonUpdated: [],
  AdminAppointed: [asBefore],
  UserRebound: [asBefore],
  PartnerLeftApp: [],
  UserRemoved: [withoutReason, asBefore],
  ContactsAssigned: [],
  ContactsReassigned: [],
  ContactsUnassigned: [],
  AssigneeClosed: [withoutRemovalReason, asBefore],
  AssigneeReopened: [],
  ReassignmentStarted: [withoutReasonOfRemoval, asBefore],
  ReassignmentFinished: [],
  KeapIdBound: [withoutIssueTime],
  KeapIdReleased: [],
  LanguageNoted: [],
  AccountLabelSet: [asBefore],
  RequestReceived: [],
  RequestAnswered: [],
  RequestRefused: [],
  InvitationEmailAttempted: [],
  InvitationEmailSent: [],
  InvitationEmailPostponed: [],
  InvitationEmailFailed: [],
  NoticeEmailAttempted: [],
  NoticeEmailSent: [],
  NoticeEmailPostponed: [],
  NoticeEmailFailed: [],
  WebhookRegistered: [],
  WebhookPlaceFreed: [],
  WebhookRemoved: [],
  WebhookDeliveryClaimed: [],
  WebhookDelivered: [],
  WebhookAttemptFailed: [],
  WebhookDeadLettered: [],
  WebhookReplayRequested: [],
  AuditorRead: [],
  AccessReviewStarted: [],
  AccessReviewListed: [],
  AccessDecided: [asBefore],
  AccessReviewReminded: [],
  AccessReviewFinished: [],
  PersonErased: [],
};

const versions = new EventVersions(LIFTS);

/** The version in which events of this type are written now. */
export const currentVersion = (type: DomainEventType): number => versions.current(type);

/** Whether this program knows events of that type, in any version. */
export const isKnownType = (type: string): type is DomainEventType => versions.isKnownType(type);

/** Converts a written event to the current version. Returns undefined for a type or version that this program does not know. */
export function liftedEvent(written: WrittenEvent): DomainEvent | undefined {
  const data = versions.lifted(written);
  return data && ({ type: written.type, data } as unknown as DomainEvent);
}
