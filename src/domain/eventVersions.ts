import type { DomainEvent, DomainEventType } from './events';

/** The data of an event of any version. */
export type EventData = Readonly<Record<string, unknown>>;

/** Makes the data of the next version from that of one. A pure function, never changed once its version was written. */
export type Lift = (data: EventData) => EventData;

/** An event as it was written, in whichever version. */
export interface WrittenEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: EventData;
}

/** Which types of events there are, and how the data of old versions becomes today's. */
export class EventVersions<T extends string> {
  /** @param lifts for each type, from version 1 to 2, from 2 to 3, and so on; none for a type that never changed. */
  constructor(private readonly lifts: Readonly<Record<T, readonly Lift[]>>) {}

  /** Every type of event. */
  get types(): readonly T[] {
    return Object.keys(this.lifts).filter((type) => this.isKnownType(type));
  }

  /** Whether there are events of that type. */
  isKnownType(type: string): type is T {
    return Object.hasOwn(this.lifts, type);
  }

  /** The version in which an event of this type is written. */
  current(type: T): number {
    return this.lifts[type].length + 1;
  }

  /** Whether this program can read events of that type in that version. */
  isKnown(type: string, version: number): boolean {
    return this.isKnownType(type) && Number.isInteger(version) && version >= 1 && version <= this.current(type);
  }

  /** The data in the shape of today's version; undefined for a type or version that this program cannot read. */
  lifted({ type, schemaVersion, data }: WrittenEvent): EventData | undefined {
    if (!this.isKnownType(type) || !this.isKnown(type, schemaVersion)) return undefined;
    if (schemaVersion === this.current(type)) return data;
    return this.lifts[type].slice(schemaVersion - 1).reduce((older, lift) => lift(older), data);
  }
}

const versions = new EventVersions<DomainEventType>({
  AppRegistered: [],
  OwnerAdded: [],
  LicencesSet: [],
  PartnerInvited: [],
  UserInvited: [],
  InvitationResent: [],
  InvitationRevoked: [],
  InvitationDeclined: [],
  InvitationExpired: [],
  InvitationAccepted: [],
  UserRoleChanged: [],
  PersonBound: [],
  PartnerLeftApp: [],
  UserRemoved: [],
  ContactsAssigned: [],
  ContactsReassigned: [],
  ContactsUnassigned: [],
  AssigneeClosed: [],
  AssigneeReopened: [],
  ReassignmentStarted: [],
  ReassignmentFinished: [],
  KeapIdBound: [],
  KeapIdReleased: [],
  AccountLabelSet: [],
  RequestReceived: [],
  RequestAnswered: [],
  RequestRefused: [],
  InvitationEmailAttempted: [],
  InvitationEmailSent: [],
  InvitationEmailFailed: [],
  WebhookRegistered: [],
  WebhookPlaceFreed: [],
  WebhookRemoved: [],
  WebhookDeliveryClaimed: [],
  WebhookDelivered: [],
  WebhookAttemptFailed: [],
  WebhookDeadLettered: [],
  WebhookReplayRequested: [],
  AuditorRead: [],
});

/** Every type of event that this program writes. */
export const eventTypes = (): readonly DomainEventType[] => versions.types;

/** The version in which an event of this type is written. */
export const currentVersion = (type: DomainEventType): number => versions.current(type);

/** Whether this program knows events of that type, in whichever version. */
export const isKnownType = (type: string): type is DomainEventType => versions.isKnownType(type);

/** Whether this program knows events of that type in that version. */
export const isKnownEvent = (type: string, version: number): boolean => versions.isKnown(type, version);

/** What a written event says, in the shape of today; undefined for a type or version that this program does not know. */
export function liftedEvent(written: WrittenEvent): DomainEvent | undefined {
  const data = versions.lifted(written);
  return data && ({ type: written.type, data } as unknown as DomainEvent);
}
