import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { HistoryEntry } from '../application/membershipHistory';
import type { AppEvent } from '../domain/events';
import { ClosingReason, UserKind, UserRole } from './enums';
import { EventPerson, PlannedRemoval } from './historyEventParts';
import { MembershipEvent } from './historyEvent';
import type { ReadSource } from './readSource';
import { DateTimeISO } from './scalars';

type DataOf<T extends AppEvent['type']> = Extract<AppEvent, { type: T }>['data'];
/** `userId` stands in the interface. */
type OwnFieldOf<T extends AppEvent['type']> = Exclude<keyof DataOf<T>, 'userId'> & OwnField;
type OwnField = Exclude<{ [T in AppEvent['type']]: keyof DataOf<T> }[AppEvent['type']], 'userId'>;

type EventClass = new (entry: HistoryEntry, source: ReadSource) => MembershipEvent;

/** The fields of events. A name means the same, and has the same type, in every event that has it, so that fragments on several of them go together. */
const FIELDS: Readonly<Record<OwnField, PropertyDecorator>> = {
  name: Field(() => String, { description: 'The app\'s name.' }),
  url: Field(() => String, { description: 'The address at which the app opens.' }),
  licences: Field(() => Int, { description: 'How many licences the app has from then on.' }),
  epoch: Field(() => Int, { description: 'Which of the user\'s stays in the app it is about, counted from 1.' }),
  person: Field(() => EventPerson, { nullable: true, description: 'Who the user is.' }),
  invitationId: Field(() => ID, { description: 'The invitation, within its app.' }),
  role: Field(() => UserRole, { description: 'What the user may do, or will be allowed to do.' }),
  kind: Field(() => UserKind, { description: 'Whether the user belongs to the client\'s own team or helps as a partner.' }),
  expiresAt: Field(() => DateTimeISO, { description: 'The first moment at which the invitation is no longer valid.' }),
  tokenHash: Field(() => String, { nullable: true, description: 'Hex SHA-256 of the link\'s token; null where no link was made.' }),
  sendCount: Field(() => Int, { description: 'How often the invitation was sent by then; 0 where it was imported.' }),
  invitedBy: Field(() => ID, { nullable: true, description: 'The user id of who invited; null for an import.' }),
  personId: Field(() => ID, { nullable: true, description: 'The person who signed in; null for an import.' }),
  from: Field(() => UserRole, { description: 'The role before.' }),
  to: Field(() => UserRole, { description: 'The role from then on.' }),
  leaveId: Field(() => ID, { description: 'The departure that it belongs to.' }),
  contactIds: Field(() => [ID], { description: 'The contacts, at most 1,000.' }),
  fromUserId: Field(() => ID, { description: 'The user who had the contacts before.' }),
  reason: Field(() => ClosingReason, { description: 'What kind of departure it was for.' }),
  reassignmentId: Field(() => ID, { description: 'The reassignment that it belongs to.' }),
  removal: Field(() => PlannedRemoval, { nullable: true, description: 'The removal that follows; null where the user stays.' }),
  complete: Field(() => Boolean, { description: 'Whether all contacts were passed on; false where it was given up.' }),
};

/** The GraphQL type of a type of event: its own fields, in the shape of today, beside those of every event. */
function typeOfEvent<T extends AppEvent['type']>(type: T, description: string, fields: readonly OwnFieldOf<T>[]): EventClass {
  const name = `${type}Event`;
  const Type = class extends MembershipEvent {
    constructor(entry: HistoryEntry, source: ReadSource) {
      super(entry, source);
      const data: object = entry.event?.data ?? {};
      Object.assign(this, { ...data, userId: this.userId });
    }
  };
  Object.defineProperty(Type, 'name', { value: name });
  for (const field of fields) FIELDS[field](Type.prototype, field);
  ObjectType(name, { implements: MembershipEvent, simpleResolvers: true, description })(Type);
  return Type;
}

const EVENT_TYPES: Readonly<Record<AppEvent['type'], EventClass>> = {
  AppRegistered: typeOfEvent('AppRegistered', 'An operator registered the app.', ['name', 'url', 'licences']),
  OwnerAdded: typeOfEvent('OwnerAdded', 'The owner became the app\'s first admin.', ['epoch', 'person']),
  LicencesSet: typeOfEvent('LicencesSet', 'An operator set how many licences the app has.', ['licences']),
  PartnerInvited: typeOfEvent('PartnerInvited', 'Somebody was invited as a partner.', ['invitationId', 'role', 'expiresAt', 'tokenHash', 'sendCount', 'invitedBy', 'person']),
  UserInvited: typeOfEvent('UserInvited', 'Somebody was invited as a user, and a licence was reserved.', ['invitationId', 'role', 'expiresAt', 'tokenHash', 'sendCount', 'invitedBy', 'person']),
  InvitationResent: typeOfEvent('InvitationResent', 'An invitation got a new link and a new end.', ['invitationId', 'expiresAt', 'tokenHash', 'sendCount']),
  InvitationRevoked: typeOfEvent('InvitationRevoked', 'An admin took an invitation back.', ['invitationId']),
  InvitationDeclined: typeOfEvent('InvitationDeclined', 'The invited person declined.', ['invitationId', 'personId']),
  InvitationExpired: typeOfEvent('InvitationExpired', 'An invitation ended by its time.', ['invitationId']),
  InvitationAccepted: typeOfEvent('InvitationAccepted', 'The invited person joined.', ['invitationId', 'personId', 'epoch', 'kind', 'role', 'person']),
  UserRoleChanged: typeOfEvent('UserRoleChanged', 'Somebody got another role.', ['from', 'to']),
  PersonBound: typeOfEvent('PersonBound', 'An owner or imported person signed in for the first time.', ['personId']),
  PartnerLeftApp: typeOfEvent('PartnerLeftApp', 'A partner left.', ['epoch', 'leaveId']),
  UserRemoved: typeOfEvent('UserRemoved', 'An admin removed a user or partner.', ['epoch', 'leaveId']),
  ContactsAssigned: typeOfEvent('ContactsAssigned', 'Contacts that nobody had were assigned to a user.', ['epoch', 'contactIds']),
  ContactsReassigned: typeOfEvent('ContactsReassigned', 'Contacts passed from one user to another.', ['fromUserId', 'epoch', 'contactIds']),
  ContactsUnassigned: typeOfEvent('ContactsUnassigned', 'Contacts are nobody\'s any more.', ['contactIds']),
  AssigneeClosed: typeOfEvent('AssigneeClosed', 'From then on nothing could be assigned to a user, who was leaving or being removed.', ['epoch', 'leaveId', 'reason']),
  AssigneeReopened: typeOfEvent('AssigneeReopened', 'A departure did not come about.', ['epoch', 'leaveId']),
  ReassignmentStarted: typeOfEvent('ReassignmentStarted', 'All contacts of one user began to pass to another.', ['reassignmentId', 'fromUserId', 'epoch', 'removal']),
  ReassignmentFinished: typeOfEvent('ReassignmentFinished', 'A reassignment of all contacts ended.', ['reassignmentId', 'complete']),
};

@ObjectType('OtherEvent', { implements: MembershipEvent, simpleResolvers: true, description: 'Something of a type or version that this version of the service does not know. `data` holds what was written.' })
export class OtherEvent extends MembershipEvent {}

/** Every type that implements `MembershipEvent`. */
export const membershipEventTypes: readonly EventClass[] = [...Object.values(EVENT_TYPES), OtherEvent];

/** The event as its own GraphQL type. */
export function membershipEventOf(entry: HistoryEntry, source: ReadSource): MembershipEvent {
  const Type = entry.event ? EVENT_TYPES[entry.event.type] : OtherEvent;
  return new Type(entry, source);
}
