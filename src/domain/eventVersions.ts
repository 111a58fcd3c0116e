import type { DomainEventType } from './events';

/** The version in which each type of event is written today. */
const CURRENT_VERSIONS: Readonly<Record<DomainEventType, number>> = {
  AppRegistered: 1,
  OwnerAdded: 1,
  LicencesSet: 1,
  PartnerInvited: 1,
  UserInvited: 1,
  InvitationResent: 1,
  InvitationRevoked: 1,
  InvitationDeclined: 1,
  InvitationExpired: 1,
  InvitationAccepted: 1,
  UserRoleChanged: 1,
  PersonBound: 1,
  PartnerLeftApp: 1,
  UserRemoved: 1,
  ContactsAssigned: 1,
  ContactsReassigned: 1,
  ContactsUnassigned: 1,
  AssigneeClosed: 1,
  AssigneeReopened: 1,
  ReassignmentStarted: 1,
  ReassignmentFinished: 1,
  KeapIdBound: 1,
  KeapIdReleased: 1,
  AccountLabelSet: 1,
  RequestReceived: 1,
  RequestAnswered: 1,
  RequestRefused: 1,
};

/** The version in which an event of this type is written. */
export const currentVersion = (type: DomainEventType): number => CURRENT_VERSIONS[type];

/** Whether this program knows events of that type in that version. */
export const isKnownEvent = (type: string, version: number): boolean =>
  Object.hasOwn(CURRENT_VERSIONS, type) && CURRENT_VERSIONS[type as DomainEventType] >= version;
