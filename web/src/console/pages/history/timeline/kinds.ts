import type { HistoryTexts } from '../../../texts/history/historyTexts';

type Group = keyof HistoryTexts['groups'];
type EventType = keyof HistoryTexts['types'];

/** The kinds of events, in groups that a person asks for as one. */
export const GROUPS: Readonly<Record<Group, readonly EventType[]>> = {
  access: ['OwnerAdded', 'InvitationAccepted', 'AdminAppointed', 'UserRoleChanged', 'PartnerLeftApp', 'UserRemoved', 'AccessReviewReminded'],
  invitations: ['PartnerInvited', 'UserInvited', 'InvitationResent', 'InvitationRevoked', 'InvitationDeclined', 'InvitationExpired', 'InvitationMoved'],
  signIns: ['PersonBound', 'PersonUpdated', 'UserRebound'],
  contacts: ['ContactsAssigned', 'ContactsReassigned', 'ContactsUnassigned', 'AssigneeClosed', 'AssigneeReopened', 'ReassignmentStarted', 'ReassignmentFinished'],
  app: ['AppRegistered', 'LicencesSet', 'AppRenamed', 'ImportStarted', 'ImportFinished'],
};

const isGroup = (kind: string): kind is Group => Object.hasOwn(GROUPS, kind);

/** The types of events that a kind in the address stands for: those of a group, or the one that it names. */
export const typesOf = (kind: string): string[] => (isGroup(kind) ? [...GROUPS[kind]] : [kind]);
