import { registerEnumType } from 'type-graphql';
import type * as refusal from '../domain/domainError';
import type * as events from '../domain/events';
import type * as rows from '../projections/userListRows';

/** An enum whose values are their own names, each with its description. */
function describedEnum<T extends string>(name: string, description: string, values: Readonly<Record<T, string>>): Readonly<Record<string, string>> {
  const described: [string, string][] = Object.entries<string>(values);
  const names = Object.fromEntries(described.map(([value]) => [value, value]));
  registerEnumType(names, {
    name,
    description,
    valuesConfig: Object.fromEntries(described.map(([value, text]) => [value, { description: text }])),
  });
  return names;
}

export const UserKind = describedEnum<events.UserKind>('UserKind', 'Whether somebody belongs to the app\'s own team or helps from outside.', {
  USER: 'Belongs to the client\'s own team and uses a licence.',
  PARTNER: 'Helps the client from outside, never uses a licence, and may leave by themselves.',
});

export const UserRole = describedEnum<events.UserRole>('UserRole', 'What somebody may do in an app.', {
  ADMIN: 'Invites, changes roles, removes people and assigns contacts.',
  STANDARD: 'Works in the app and sees its user list.',
});

export const UserStatus = describedEnum<rows.UserStatus>('UserStatus', 'Where somebody stands in an app.', {
  INVITED: 'Has an open invitation.',
  ACTIVE: 'Has access.',
  EXPIRED: 'Did not answer the invitation in time. It can be sent again.',
  DECLINED: 'Said no to the invitation.',
  REVOKED: 'Was invited, and the invitation was taken back.',
  LEFT: 'Was a partner and left.',
  REMOVED: 'Was removed by an admin.',
});

export const InvitationStatus = describedEnum<rows.InvitationStatus>('InvitationStatus', 'What became of an invitation.', {
  OPEN: 'Can be accepted or declined.',
  ACCEPTED: 'Was accepted.',
  DECLINED: 'Was declined by the person invited.',
  REVOKED: 'Was taken back by an admin.',
  EXPIRED: 'Was not answered in time.',
});

export const DeliveryStatus = describedEnum<rows.DeliveryStatus>('DeliveryStatus', 'How far the message with an invitation has come.', {
  PENDING: 'Waits to be sent.',
  SENT: 'Was handed over to the mail system.',
  FAILED: 'Could not be sent. Send the invitation again.',
  NONE: 'Nothing was to be sent, because the invitation was imported.',
});

export const UserOrderField = describedEnum<rows.UserOrderField>('UserOrderField', 'What a user list is ordered by.', {
  NAME: 'By name, in any case; people without a name come last.',
  KEAP_ID: 'By Keap ID.',
  INVITED_AT: 'By when they were last invited; people who never were come last.',
  JOINED_AT: 'By when they last joined; people who never did come last.',
});

export const OrderDirection = describedEnum<rows.OrderDirection>('OrderDirection', 'Which end of a list comes first.', {
  ASC: 'The smallest or earliest first.',
  DESC: 'The greatest or latest first.',
});

export const ClosingReason = describedEnum<events.ClosingReason>('ClosingReason', 'Why somebody can be assigned no more contacts.', {
  LEAVE: 'They are leaving by themselves.',
  REMOVAL: 'They are being removed by an admin.',
});

export const LeaveBlockerCode = describedEnum<'HAS_ASSIGNED_CONTACTS' | 'LAST_ADMIN' | 'NOT_A_PARTNER'>('LeaveBlockerCode', 'What keeps somebody from leaving an app.', {
  HAS_ASSIGNED_CONTACTS: 'Contacts are still assigned to them.',
  LAST_ADMIN: 'They are the last admin among the users of the app.',
  NOT_A_PARTNER: 'Only partners leave by themselves; users are removed by an admin.',
});

export const ErrorCode = describedEnum<refusal.ErrorCode>('ErrorCode', 'Why a wish was refused.', {
  FORBIDDEN: 'You may see this, but not do that.',
  APP_NOT_FOUND: 'There is no such app, or it is not yours to see.',
  USER_NOT_FOUND: 'There is no such user in this app.',
  INVITATION_NOT_FOUND: 'There is no such invitation, or it is not yours.',
  APP_ID_TAKEN: 'Another app has this id.',
  INVALID_KEAP_ID: 'This is not an e-mail address that can be a Keap ID.',
  INVALID_INPUT: 'A field is outside of what is allowed; `field` says which.',
  CANNOT_INVITE_SELF: 'This is your own Keap ID.',
  NOT_A_KNOWN_PARTNER: 'The Keap ID is not in the partner directory.',
  ALREADY_INVITED: 'There is an open invitation for this Keap ID already.',
  ALREADY_MEMBER: 'This person is active in the app already.',
  LINK_SUPERSEDED: 'A newer link was sent for this invitation.',
  INVITATION_EXPIRED: 'The invitation was not answered in time.',
  INVITATION_REVOKED: 'The invitation was taken back.',
  INVITATION_DECLINED: 'The invitation was declined.',
  INVITATION_ALREADY_ACCEPTED: 'The invitation was accepted already.',
  WRONG_RECIPIENT: 'The invitation is for another Keap ID.',
  NO_LICENCE_AVAILABLE: 'All licences of the app are used or reserved.',
  LICENCES_IN_USE: 'More licences are used or reserved than that.',
  LAST_ADMIN: 'An app keeps at least one active admin among its users.',
  NOT_A_MEMBER: 'This person is not in the app.',
  NOT_A_PARTNER: 'Only partners leave by themselves.',
  NOT_ACCEPTED_YET: 'The invitation was not accepted yet.',
  HAS_ASSIGNED_CONTACTS: 'Contacts are still assigned to this person.',
  ASSIGNEE_NOT_ACTIVE: 'Contacts can only be assigned to somebody active in the app.',
  CONFIRMATION_MISMATCH: 'The app id repeated for confirmation is another one.',
  IDEMPOTENCY_KEY_REUSED: 'This idempotency key came with another wish before.',
  RATE_LIMITED: 'Too many invitations were sent; wait.',
});
