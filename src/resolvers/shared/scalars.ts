import { POSITION, utcOf } from '../../application/commandTypes';
import type * as summary from '../../application/history/summary';
import type * as access from '../../domain/access';
import type * as review from '../../domain/reviews/events';
import type * as refusal from '../../domain/domainError';
import type * as events from '../../domain/events';
import type { ReviewChange } from '../../projections/accessReviews/queries';
import type * as rows from '../../projections/userList/rows';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { registerEnumType } from 'type-graphql';

const invalid = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

function parseTime(raw: unknown): string {
  const utc = typeof raw === 'string' ? utcOf(raw) : undefined;
  if (utc === undefined) throw invalid('A time must be in the format of RFC 3339, for example 2026-01-31T09:30:00Z or 2026-01-31T10:30:00.250+01:00.');
  return utc;
}

function parsePosition(raw: unknown): string {
  if (typeof raw === 'string' && POSITION.test(raw)) return raw;
  throw invalid('A position must be one that this service returned, such as the position of a mutation, or "0" for the start of the log.');
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${name} must be a string, not ${typeof value}.`);
}

/** A time. Input is RFC 3339 with any offset; output and internal values are ISO 8601 in UTC with milliseconds. */
export const DateTimeISO = new GraphQLScalarType<string, string>({
  name: 'DateTimeISO',
  description: 'A time in the format of RFC 3339, for example 2026-01-31T09:30:00.000Z. Output is in UTC with milliseconds; input may have any offset. For GraphQL Code Generator, set `scalars: { DateTimeISO: "string" }`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => textOf('DateTimeISO', value),
  parseValue: parseTime,
  parseLiteral: (node) => parseTime(node.kind === Kind.STRING ? node.value : undefined),
});

/** A position in the event log, a plain string in the code. */
export const LogPosition = new GraphQLScalarType<string, string>({
  name: 'LogPosition',
  description: 'An opaque position in the event log. Later positions compare as greater strings, and a position is the same string on every replica. For GraphQL Code Generator, set `scalars: { LogPosition: "string" }`.',
  serialize: (value) => textOf('LogPosition', value),
  parseValue: parsePosition,
  parseLiteral: (node) => parsePosition(node.kind === Kind.STRING ? node.value : undefined),
});

/** Registers an enum whose values equal their names, each with its description. */
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

export const AppAction = describedEnum<access.AppAction>('AppAction', 'Something that the viewer may do in an app. A rule may still refuse it, for example when no licence is left.', {
  INVITE_PARTNER: 'Invite partners, and resend or revoke their invitations.',
  INVITE_USER: 'Invite users, and resend or revoke their invitations.',
  INVITE_ADMIN: 'Invite users with the role `ADMIN`, make users admins, and demote or remove admins among the users. Partners may not, so that no partner takes an app from its client.',
  CHANGE_ROLES: 'Change the role of users and partners. `INVITE_ADMIN` says whether that includes the admins among the users.',
  REMOVE_USERS: 'Remove users and partners. `INVITE_ADMIN` says whether that includes the admins among the users.',
  ASSIGN_CONTACTS: 'Assign, unassign and reassign contacts.',
  READ_HISTORY: 'Read the history of the app and of its users.',
  LEAVE: 'Leave the app. Only partners may leave; `Account.leaveBlockers` lists what keeps them from it.',
  SET_LICENCES: 'Set the number of licences of the app.',
  APPOINT_ADMIN: 'Appoint an admin, and give a membership to another sign-in: the way back into an app that nobody can administer.',
});

export const ActorKind = describedEnum<summary.ActorKind>('ActorKind', 'In which role the actor of an event acted.', {
  MEMBER: 'A user or partner of the app, or a person who was invited to it.',
  OPERATOR: 'A person with the scope "operator".',
  AUDITOR: 'A person with the scope "auditor".',
  SYSTEM: 'The service itself, for example when an invitation expires.',
  IMPORT: 'An import of an existing history.',
});

export const UserKind = describedEnum<events.UserKind>('UserKind', 'Kind of a person in an app: a member of the client\'s own team, or a partner.', {
  USER: 'A member of the client\'s own team. Uses a licence.',
  PARTNER: 'A partner who helps the client from outside. Never uses a licence, and can leave the app themselves.',
});

export const UserRole = describedEnum<events.UserRole>('UserRole', 'Role of a person in an app.', {
  ADMIN: 'Can invite and remove people, change roles, assign contacts and read the history of the app.',
  STANDARD: 'Can work in the app and see its user list.',
});

export const UserStatus = describedEnum<rows.UserStatus>('UserStatus', 'Status of a person in an app.', {
  INVITED: 'The person has an open invitation.',
  ACTIVE: 'The person has access to the app.',
  EXPIRED: 'The invitation expired before the person answered. It can be sent again.',
  DECLINED: 'The person declined the invitation.',
  REVOKED: 'An admin revoked the invitation.',
  LEFT: 'The person was a partner and left the app.',
  REMOVED: 'An admin removed the person from the app.',
});

export const InvitationStatus = describedEnum<rows.InvitationStatus>('InvitationStatus', 'State of an invitation.', {
  OPEN: 'The invitation can be accepted or declined.',
  ACCEPTED: 'The invited person accepted the invitation.',
  DECLINED: 'The invited person declined the invitation.',
  REVOKED: 'An admin revoked the invitation.',
  EXPIRED: 'The invitation expired before it was answered.',
});

export const DeliveryStatus = describedEnum<rows.DeliveryStatus>('DeliveryStatus', 'Delivery state of the e-mail with an invitation.', {
  PENDING: 'The e-mail is waiting to be sent.',
  SENT: 'The e-mail was handed over to the mail server.',
  FAILED: 'The e-mail could not be delivered. Send the invitation again.',
  NONE: 'No e-mail is sent, because the invitation was imported.',
});

export const UserOrderField = describedEnum<rows.UserOrderField>('UserOrderField', 'Field that a user list is sorted by.', {
  NAME: 'Sort by name, ignoring case. Users without a name come last.',
  KEAP_ID: 'Sort by Keap ID.',
  INVITED_AT: 'Sort by the time of the latest invitation. Users who were never invited come last.',
  JOINED_AT: 'Sort by the time of last joining. Users who never joined come last.',
});

export const OrderDirection = describedEnum<rows.OrderDirection>('OrderDirection', 'Direction that a list is sorted in.', {
  ASC: 'Ascending: smallest or earliest first.',
  DESC: 'Descending: greatest or latest first.',
});

export const ClosingReason = describedEnum<events.ClosingReason>('ClosingReason', 'Why no more contacts can be assigned to a user.', {
  LEAVE: 'The user is leaving the app.',
  REMOVAL: 'An admin is removing the user.',
});

export const LeaveBlockerCode = describedEnum<'HAS_ASSIGNED_CONTACTS' | 'LAST_ADMIN' | 'NOT_A_PARTNER'>('LeaveBlockerCode', 'Reason why the viewer cannot leave an app.', {
  HAS_ASSIGNED_CONTACTS: 'Contacts are still assigned to the viewer.',
  LAST_ADMIN: 'The viewer is the last admin among the users of the app.',
  NOT_A_PARTNER: 'The viewer is a user. Only partners can leave; users are removed by an admin.',
});

export type ReviewStatus = 'OPEN' | 'FINISHED';

export const AccessReviewStatus = describedEnum<ReviewStatus>('AccessReviewStatus', 'Status of an access review.', {
  OPEN: 'People can be decided on.',
  FINISHED: 'The review is signed off. Nothing in it changes any more.',
});

export const AccessDecision = describedEnum<review.AccessDecision>('AccessDecision', 'Decision on a person in an access review.', {
  KEEP: 'The person keeps their access.',
  REMOVE: 'The access of the person is to end. `removeUser` ends it.',
});

export const AccessReviewReminderKind = describedEnum<review.Reminder>('AccessReviewReminderKind', 'Reminder of an access review. Of several whose moments passed while the service was not running, only the latest is sent.', {
  WEEK: 'A week before the review is due.',
  DAY: 'A day before the review is due.',
  OVERDUE: 'The review was due and is not finished.',
});

export const AccessReviewChange = describedEnum<ReviewChange>('AccessReviewChange', 'How a person differs between two access reviews of an app.', {
  NEW: 'The person is in this review and was not in the previous one, or had another membership then, which has ended.',
  GONE: 'The person was in the previous review and is not in this one.',
  ROLE_CHANGED: 'The person is in both, with another role, or as a user in one and as a partner in the other.',
  NOT_REMOVED: 'The previous review decided `REMOVE`, and the person still had that access when this one started.',
});

export const ErrorCode = describedEnum<refusal.ErrorCode>('ErrorCode', 'Reason why a mutation was refused.', {
  FORBIDDEN: 'The viewer may see the object but not make this change.',
  APP_NOT_FOUND: 'The app does not exist, or the viewer may not see it.',
  USER_NOT_FOUND: 'The app has no user with this id.',
  INVITATION_NOT_FOUND: 'The invitation does not exist, or the viewer may not see it.',
  APP_ID_TAKEN: 'Another app already has this id.',
  INVALID_KEAP_ID: 'The text is not an e-mail address that can be a Keap ID.',
  INVALID_INPUT: 'The value of an input field is not allowed. `field` names the field.',
  CANNOT_INVITE_SELF: 'The Keap ID is the viewer\'s own.',
  NOT_A_KNOWN_PARTNER: 'The Keap ID is not in the partner directory.',
  ALREADY_INVITED: 'The app already has an open invitation for this Keap ID.',
  ALREADY_MEMBER: 'The person is already active in the app.',
  LINK_SUPERSEDED: 'A newer link was sent for this invitation. Use that one.',
  INVITATION_EXPIRED: 'The invitation expired before it was answered.',
  INVITATION_REVOKED: 'The invitation is revoked. Its link no longer works.',
  INVITATION_DECLINED: 'The invitation is declined.',
  INVITATION_ALREADY_ACCEPTED: 'The invitation has already been accepted.',
  WRONG_RECIPIENT: 'The invitation was sent to another Keap ID.',
  NO_LICENCE_AVAILABLE: 'All licences of the app are used or reserved.',
  LICENCES_IN_USE: 'More licences are used or reserved than the requested number.',
  LAST_ADMIN: 'The change would leave the app without an active admin among its users.',
  NOT_A_MEMBER: 'The person is not in the app.',
  NOT_A_PARTNER: 'Only partners can leave an app. Users are removed by an admin.',
  NOT_ACCEPTED_YET: 'The person has not accepted the invitation yet.',
  HAS_ASSIGNED_CONTACTS: 'Contacts are still assigned to the person.',
  ASSIGNEE_NOT_ACTIVE: 'Contacts can only be assigned to a person who is active in the app.',
  CONFIRMATION_MISMATCH: '`confirmAppId` is not equal to `appId`.',
  IDEMPOTENCY_KEY_REUSED: 'This idempotency key was already used with another input or another mutation.',
  RATE_LIMITED: 'Too many invitations were sent within 24 hours. Try again later.',
  REVIEW_NOT_FOUND: 'The access review does not exist, or the viewer may not see it.',
  REVIEW_FINISHED: 'The access review is finished, and nothing in it changes any more.',
  REVIEW_INCOMPLETE: 'Nobody has decided on some of the people in the access review yet.',
  CANNOT_REVIEW_SELF: 'Nobody decides on their own access.',
});

/** Creates an instance of a GraphQL type with exactly these fields. */
export const instanceOf = <T extends object>(Type: new () => T, fields: T): T => Object.assign(new Type(), fields);
