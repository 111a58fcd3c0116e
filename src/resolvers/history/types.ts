import type * as events from '../../domain/events';
import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { type HistoryEntry, type HistoryEvent, keyOfEvent } from '../../application/history/entries';
import { withoutPerson } from '../../application/history/membershipHistory';
import type { ReadSource } from '../context';
import { globalIdOf } from '../shared/globalId';
import { nameOfPart } from '../../application/history/summary';
import { AccessReviewReminderKind, ClosingReason, DateTimeISO, LogPosition, UserKind, UserRole } from '../shared/scalars';
import type { ActOutside } from '../../domain/administration';
import type { AccessReviewReminder } from '../../domain/reviews/events';
import type { AppEvent, PersonEnvelope } from '../../domain/events';
import { connectionOf, Node } from '../shared/connection';

/** An event in the history. The type of each kind of event adds its own fields. */
@InterfaceType('MembershipEvent', {
  implements: Node,
  description: 'An event in the history of an app, or an act of an operator or auditor. Each type of event implements this interface with an object type of its own, such as `PartnerInvitedEvent`, which adds the fields of that event.',
  resolveType: (event: object) => event.constructor.name,
})
export abstract class MembershipEvent implements Node {
  /** Encoded when a query asks for it, since few do. */
  @Field(() => ID, { description: 'Globally unique, opaque id. Pass it to `node`, or use it as the key in client caches.' })
  get id(): string {
    return globalIdOf('MembershipEvent', this.appId, keyOfEvent(this), this.source.moment);
  }

  @Field(() => ID, { description: 'Id of the event, a UUID.' })
  readonly eventId: string;

  @Field(() => LogPosition, { description: 'Position of the event in the log of all apps.' })
  readonly position: string;

  @Field(() => ID, { description: 'Id of the app that the event belongs to; `-` for an administrative event that belongs to no app.' })
  readonly appId: string;

  @Field(() => String, { description: 'Name of the stream that holds the event. An app has two streams: one for people and one for contacts. Most administrative events are in streams of their own.' })
  readonly stream: string;

  @Field(() => String, { description: 'Place of the event in its stream, counted from 0.' })
  readonly revision: string;

  @Field(() => String, { description: 'Name of the event type, for example `PartnerInvited`.' })
  readonly type: string;

  @Field(() => DateTimeISO, { description: 'When the event occurred.' })
  readonly occurredAt: string;

  @Field(() => ID, { description: 'Who caused the event: the id of a person, or the name of a component of the service.' })
  readonly actorId: string;

  @Field(() => ID, { description: 'Id of the request that caused the event.' })
  readonly correlationId: string;

  @Field(() => ID, { description: 'Id of the command or event that caused this event.' })
  readonly causationId: string;

  @Field(() => ID, { nullable: true, description: 'Id of the user that the event is about. Null when it is not about a single user.' })
  readonly userId: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was done, in the words of the person who did it. Null where no reason was given.' })
  readonly reason: string | null;

  @Field(() => String, { description: 'Stored data of the event: the JSON text exactly as it was written. Older events keep the shape they were written in.' })
  readonly data: string;

  @Field(() => String, { description: 'SHA-256 hash that chains the event to the previous one in its stream, as 64 hex digits.' })
  readonly hash: string;

  /** The decoded event; null when this version of the service does not know its type. */
  readonly event: HistoryEntry['event'];
  readonly stored: HistoryEntry['stored'];

  /** Copies the stored event. @param source where names are read. @param withoutPeople whether the viewer may not see the users of the app. */
  constructor(
    { appId, stored, event, reason }: HistoryEntry,
    readonly source: ReadSource,
    readonly withoutPeople = false,
  ) {
    this.eventId = stored.id;
    this.position = stored.position;
    this.appId = appId;
    this.stream = stored.stream;
    this.revision = String(stored.revision);
    this.type = stored.type;
    this.occurredAt = stored.occurredAt;
    this.actorId = stored.metadata.actorId;
    this.correlationId = stored.metadata.correlationId;
    this.causationId = stored.metadata.causationId;
    this.userId = event && 'userId' in event.data ? event.data.userId : null;
    this.reason = reason;
    this.data = stored.dataJson;
    this.hash = stored.hash;
    this.event = event;
    this.stored = stored;
  }
}

/** The GraphQL type of an event's personal data. */
@ObjectType('EventPerson', { simpleResolvers: true, description: 'A person named by an event.' })
class EventPerson implements PersonEnvelope {
  @Field(() => String, { description: 'Keap ID as it was entered.' })
  readonly keapId: string;

  @Field(() => String, { nullable: true, description: 'Name of the person. Null when none was known.' })
  readonly name: string | null;
}

@ObjectType('PlannedRemoval', { simpleResolvers: true, description: 'The removal of a user, carried out after their contacts were reassigned.' })
class PlannedRemoval implements events.PlannedRemoval {
  @Field(() => Int, { description: 'Number of the membership period that the removal ends. A user\'s first period is 1, and each rejoining starts the next.' })
  readonly epoch: number;

  @Field(() => ID, { description: 'Id of the departure. All events of one departure share it.' })
  readonly leaveId: string;

  @Field(() => String, { nullable: true, description: 'Why the user is removed, in the words of the person who removes them. Null where no reason was given.' })
  readonly reason: string | null;
}

/** The data of acts outside of an app's streams under the names of the API. A name has one meaning in all events, so some differ from those of the stored data. */
interface ActData {
  readonly WebhookRegistered: { readonly webhookId: string; readonly webhookUrl: string; readonly eventTypes: readonly string[] | null; readonly appIds: readonly string[] | null; readonly personalData: boolean };
  readonly WebhookRemoved: { readonly webhookId: string };
  readonly WebhookReplayRequested: { readonly webhookId: string; readonly after: string | null };
  readonly KeapIdReleased: { readonly personId: string };
  readonly AuditorRead: { readonly read: string; readonly arguments: string; readonly person: PersonEnvelope | null };
  readonly AccessReviewStarted: { readonly reviewId: string; readonly reviewedPosition: string; readonly note: string | null; readonly dueAt: string | null; readonly people: number };
  readonly AccessReviewReminded: Omit<AccessReviewReminder['data'], 'appId'>;
  readonly PersonErased: Extract<ActOutside, { readonly type: 'PersonErased' }>['data'];
}

type EventType = HistoryEvent['type'];
type DataOf<T extends EventType> = T extends keyof ActData ? ActData[T] : OwnData<Extract<AppEvent, { type: T }>['data']>;
/** Fields that an event type adds. The interface already has `userId` and `reason`. */
type OwnFieldOf<T extends EventType> = keyof DataOf<T> & OwnField;
type OwnField = { [T in EventType]: keyof DataOf<T> }[EventType];
/** The data under the names of the API. `reason` is the text that a person gave, in any event, also where the event has it as `removalReason`. */
type OwnData<Data> = { readonly [Name in keyof Data as Name extends 'userId' | 'removalReason' ? never : Name extends 'reason' ? (Data[Name] extends events.ClosingReason ? 'closingReason' : never) : Name]: Data[Name] };

/** The id after the prefix of a stream's name. */
const idIn = (stream: string): string => stream.slice(stream.indexOf('-') + 1);

/** Returns the fields that an event adds, under the names of the API. */
function ownDataOf(event: HistoryEvent, stream: string): object {
  switch (event.type) {
    case 'AssigneeClosed':
      return { ...event.data, closingReason: event.data.reason };
    case 'WebhookRegistered': {
      const { webhookId, url: webhookUrl, types: eventTypes, appIds, personalData } = event.data;
      return { webhookId, webhookUrl, eventTypes, appIds, personalData } satisfies ActData['WebhookRegistered'];
    }
    case 'WebhookRemoved':
      return { webhookId: idIn(stream) } satisfies ActData['WebhookRemoved'];
    case 'WebhookReplayRequested':
      return { webhookId: idIn(stream), after: event.data.after } satisfies ActData['WebhookReplayRequested'];
    case 'AuditorRead':
      return { read: event.data.read, arguments: JSON.stringify(event.data.filter), person: event.data.person } satisfies ActData['AuditorRead'];
    case 'AccessReviewStarted': {
      const { position: reviewedPosition, note, dueAt, people } = event.data;
      return { reviewId: idIn(stream), reviewedPosition, note, dueAt, people } satisfies ActData['AccessReviewStarted'];
    }
    case 'AccessReviewReminded': {
      const { reviewId, reminder, dueAt, people, undecided, informedUserIds } = event.data;
      return { reviewId, reminder, dueAt, people, undecided, informedUserIds } satisfies ActData['AccessReviewReminded'];
    }
    default:
      return event.data;
  }
}

type EventClass = new (entry: HistoryEntry, source: ReadSource, withoutPeople?: boolean) => MembershipEvent;

/** The fields that event types add. A field has the same meaning and type in every event that has it, so that a query can combine fragments on several event types. */
const FIELDS: Readonly<Record<OwnField, PropertyDecorator>> = {
  name: Field(() => String, { description: 'Name of the app.' }),
  url: Field(() => String, { description: 'URL at which the app opens.' }),
  changes: Field(() => Int, { description: 'Number of changes in the imported file.' }),
  licences: Field(() => Int, { description: 'Number of licences of the app from this event on.' }),
  epoch: Field(() => Int, { description: 'Number of the membership period that the event is about. A user\'s first period is 1, and each rejoining starts the next.' }),
  person: Field(() => EventPerson, { nullable: true, description: 'Keap ID and name of the user, or the Keap ID that an auditor asked about. Null when there is none, and for operators, who see only whom an operator named.' }),
  invitationId: Field(() => ID, { description: 'Id of the invitation, unique within its app.' }),
  role: Field(() => UserRole, { description: 'Role that the user has, or gets by accepting the invitation.' }),
  kind: Field(() => UserKind, { description: 'Whether the user belongs to the client\'s own team or is a partner.' }),
  expiresAt: Field(() => DateTimeISO, { description: 'When the invitation expires. It cannot be accepted from this moment on.' }),
  tokenHash: Field(() => String, { nullable: true, description: 'SHA-256 hash of the token in the invitation link, as 64 hex digits. Null when no link was created.' }),
  sendCount: Field(() => Int, { description: 'Number of times the invitation had been sent by then. 0 when it was imported.' }),
  invitedBy: Field(() => ID, { nullable: true, description: 'User id of the person who sent the invitation. Null when it was imported.' }),
  personId: Field(() => ID, { nullable: true, description: 'Id of the person: who signed in, or from whose sign-in a Keap ID was released. Null when the event was imported.' }),
  from: Field(() => UserRole, { description: 'Role before the change.' }),
  to: Field(() => UserRole, { description: 'Role after the change.' }),
  leaveId: Field(() => ID, { description: 'Id of the departure that the event belongs to.' }),
  contactIds: Field(() => [ID], { description: 'Ids of the contacts, at most 1,000.' }),
  fromUserId: Field(() => ID, { description: 'Id of the user who had the contacts or the invitation before.' }),
  issuedAt: Field(() => DateTimeISO, { nullable: true, description: 'When the token that the event follows from was issued. Null when it did not say.' }),
  wasMember: Field(() => Boolean, { description: 'Whether the user was active before and kept their sign-in. Others joined, and belong to the first sign-in with their Keap ID.' }),
  revokedInvitationId: Field(() => ID, { nullable: true, description: 'Id of the open invitation that the appointment ended. Null when there was none.' }),
  informedUserIds: Field(() => [ID], { description: 'User ids of the admins who are told by e-mail.' }),
  fromPersonId: Field(() => ID, { nullable: true, description: 'Id of the person who signed in as this user before. Null when nobody had.' }),
  toPersonId: Field(() => ID, { nullable: true, description: 'Id of the person who signs in as this user from now on. Null for the next one who signs in with the Keap ID.' }),
  closingReason: Field(() => ClosingReason, { description: 'Why the user can be assigned no more contacts.' }),
  reassignmentId: Field(() => ID, { description: 'Id of the reassignment that the event belongs to.' }),
  removal: Field(() => PlannedRemoval, { nullable: true, description: 'The removal that follows the reassignment. Null when the user stays in the app.' }),
  webhookId: Field(() => ID, { description: 'Id of the webhook.' }),
  webhookUrl: Field(() => String, { description: 'URL that the webhook sends to.' }),
  eventTypes: Field(() => [String], { nullable: true, description: 'Types of events that are sent. Null for all types.' }),
  appIds: Field(() => [ID], { nullable: true, description: 'Ids of the apps whose events are sent. Null for all apps.' }),
  personalData: Field(() => Boolean, { description: 'Whether names and Keap IDs are sent.' }),
  after: Field(() => LogPosition, { nullable: true, description: 'Log position after which events are sent again. Null when the dead letters are.' }),
  read: Field(() => String, { description: 'The field of the API that was read.' }),
  arguments: Field(() => String, { description: 'The arguments that were given, as JSON. A Keap ID among them is in `person`.' }),
  reviewId: Field(() => ID, { description: 'Id of the access review.' }),
  reviewedPosition: Field(() => LogPosition, { description: 'Log position of the user list that is reviewed.' }),
  note: Field(() => String, { nullable: true, description: 'Note of the person who started the review. Null when they gave none.' }),
  dueAt: Field(() => DateTimeISO, { nullable: true, description: 'When the review is to be finished. Null when no time was given.' }),
  people: Field(() => Int, { description: 'Number of people in the review.' }),
  reminder: Field(() => AccessReviewReminderKind, { description: 'Which reminder of the review it is.' }),
  undecided: Field(() => Int, { description: 'Number of people in the review whose access was not decided on.' }),
  number: Field(() => Int, { description: 'The n of "erased person #n", which is shown instead of the person.' }),
  keys: Field(() => [ID], { description: 'Ids of the destroyed keys, by which the stored data of events name the person.' }),
  events: Field(() => Int, { description: 'Number of events with something that was encrypted with these keys.' }),
  plainEvents: Field(() => Int, { description: 'Number of events with something about the person that none of these keys protects. It stays readable.' }),
  complete: Field(() => Boolean, { description: 'Whether all contacts were reassigned. False when the reassignment was abandoned.' }),
};

/** Creates the GraphQL type of an event type: the common fields and its own ones, in the current version of the event. */
function typeOfEvent<T extends EventType>(type: T, description: string, fields: readonly OwnFieldOf<T>[]): EventClass {
  const name = `${type}Event`;
  const Type = class extends MembershipEvent {
    constructor(entry: HistoryEntry, source: ReadSource, withoutPeople = false) {
      // An operator named the person of their own act, but none of those whom a command went through.
      const isWithheld = withoutPeople && nameOfPart(entry.stored.metadata.actorId) !== undefined;
      super(isWithheld ? { ...entry, stored: withoutPerson(entry.stored) } : entry, source, withoutPeople);
      const own = entry.event ? ownDataOf(entry.event, this.stream) : {};
      Object.assign(this, { ...own, userId: this.userId, reason: this.reason, ...(isWithheld ? { person: null } : {}) });
    }
  };
  Object.defineProperty(Type, 'name', { value: name });
  for (const field of fields) FIELDS[field](Type.prototype, field);
  ObjectType(name, { implements: MembershipEvent, simpleResolvers: true, description })(Type);
  return Type;
}

const EVENT_TYPES: Readonly<Record<EventType, EventClass>> = {
  AppRegistered: typeOfEvent('AppRegistered', 'An operator registered the app.', ['name', 'url', 'licences']),
  OwnerAdded: typeOfEvent('OwnerAdded', 'The owner became the app\'s first admin.', ['epoch', 'person']),
  LicencesSet: typeOfEvent('LicencesSet', 'An operator set the number of licences of the app.', ['licences']),
  AppRenamed: typeOfEvent('AppRenamed', 'An operator set the name and the URL of the app.', ['name', 'url']),
  ImportStarted: typeOfEvent('ImportStarted', 'The import of the app\'s recorded history began. Until it is finished, only operators and auditors see the app.', []),
  ImportFinished: typeOfEvent('ImportFinished', 'The import of the app\'s recorded history was finished, and its members see the app from then on.', ['changes']),
  PartnerInvited: typeOfEvent('PartnerInvited', 'A person was invited as a partner.', ['invitationId', 'role', 'expiresAt', 'tokenHash', 'sendCount', 'invitedBy', 'person']),
  UserInvited: typeOfEvent('UserInvited', 'A person was invited as a user, and a licence was reserved for them.', ['invitationId', 'role', 'expiresAt', 'tokenHash', 'sendCount', 'invitedBy', 'person']),
  InvitationResent: typeOfEvent('InvitationResent', 'An invitation was sent again with a new link and a new expiry time.', ['invitationId', 'expiresAt', 'tokenHash', 'sendCount']),
  InvitationRevoked: typeOfEvent('InvitationRevoked', 'An admin revoked an invitation.', ['invitationId']),
  InvitationDeclined: typeOfEvent('InvitationDeclined', 'The invited person declined the invitation, or tried to accept it while they were in the app under another Keap ID, which closed it.', ['invitationId', 'personId']),
  InvitationExpired: typeOfEvent('InvitationExpired', 'An invitation expired without an answer.', ['invitationId']),
  InvitationAccepted: typeOfEvent('InvitationAccepted', 'The invited person accepted the invitation and joined the app.', ['invitationId', 'personId', 'epoch', 'kind', 'role', 'person']),
  InvitationMoved: typeOfEvent('InvitationMoved', 'The invited Keap ID belongs to another sign-in than before, so the invitation moved to the user of its present holder.', ['fromUserId', 'invitationId', 'kind', 'role', 'expiresAt', 'person']),
  UserRoleChanged: typeOfEvent('UserRoleChanged', 'An admin changed the role of a user or partner.', ['from', 'to']),
  PersonBound: typeOfEvent('PersonBound', 'A member whom no sign-in was bound to signed in, such as an owner, an imported or an appointed user. The membership belongs to that sign-in from then on.', ['personId']),
  PersonUpdated: typeOfEvent('PersonUpdated', 'A member signed in with another Keap ID or name than the app showed, and is shown with these from then on.', ['issuedAt', 'person']),
  AdminAppointed: typeOfEvent('AdminAppointed', 'An operator appointed a user as an admin.', ['epoch', 'wasMember', 'fromPersonId', 'revokedInvitationId', 'informedUserIds', 'person']),
  UserRebound: typeOfEvent('UserRebound', 'An operator took the sign-in of a user away, and gave the membership to another sign-in.', ['fromPersonId', 'toPersonId', 'informedUserIds', 'person']),
  PartnerLeftApp: typeOfEvent('PartnerLeftApp', 'A partner left the app.', ['epoch', 'leaveId']),
  UserRemoved: typeOfEvent('UserRemoved', 'An admin removed a user or partner from the app.', ['epoch', 'leaveId']),
  ContactsAssigned: typeOfEvent('ContactsAssigned', 'Contacts without an assignee were assigned to a user.', ['epoch', 'contactIds']),
  ContactsReassigned: typeOfEvent('ContactsReassigned', 'Contacts were reassigned from one user to another.', ['fromUserId', 'epoch', 'contactIds']),
  ContactsUnassigned: typeOfEvent('ContactsUnassigned', 'Contacts were unassigned.', ['contactIds']),
  AssigneeClosed: typeOfEvent('AssigneeClosed', 'No more contacts can be assigned to a user from this event on, because they are leaving or being removed.', ['epoch', 'leaveId', 'closingReason']),
  AssigneeReopened: typeOfEvent('AssigneeReopened', 'A departure was abandoned, and contacts can be assigned to the user again.', ['epoch', 'leaveId']),
  ReassignmentStarted: typeOfEvent('ReassignmentStarted', 'The reassignment of all contacts of one user to another started.', ['reassignmentId', 'fromUserId', 'epoch', 'removal']),
  ReassignmentFinished: typeOfEvent('ReassignmentFinished', 'The reassignment of all contacts of a user ended.', ['reassignmentId', 'complete']),
  AccessReviewReminded: typeOfEvent('AccessReviewReminded', 'The admins of the app were reminded of an access review that is due.', ['reviewId', 'reminder', 'dueAt', 'people', 'undecided', 'informedUserIds']),
  WebhookRegistered: typeOfEvent('WebhookRegistered', 'An operator registered a webhook.', ['webhookId', 'webhookUrl', 'eventTypes', 'appIds', 'personalData']),
  WebhookRemoved: typeOfEvent('WebhookRemoved', 'An operator removed a webhook.', ['webhookId']),
  WebhookReplayRequested: typeOfEvent('WebhookReplayRequested', 'An operator asked for events to be sent to a webhook again.', ['webhookId', 'after']),
  KeapIdReleased: typeOfEvent('KeapIdReleased', 'An operator released a Keap ID, so that another sign-in can hold it, or the person who held it was erased.', ['personId']),
  AuditorRead: typeOfEvent('AuditorRead', 'An auditor read something that only auditors may read. Only auditors see these events.', ['read', 'arguments', 'person']),
  AccessReviewStarted: typeOfEvent('AccessReviewStarted', 'An operator or auditor started an access review of the app.', ['reviewId', 'reviewedPosition', 'note', 'dueAt', 'people']),
  PersonErased: typeOfEvent('PersonErased', 'A person was erased: the keys that their personal data were encrypted with are destroyed.', ['number', 'keys', 'events', 'plainEvents']),
};

@ObjectType('OtherEvent', { implements: MembershipEvent, simpleResolvers: true, description: 'An event of a type or version that this version of the service does not know. Its stored JSON is in `data`.' })
class OtherEvent extends MembershipEvent {}

/** Every type that implements `MembershipEvent`. */
export const membershipEventTypes: readonly EventClass[] = [...Object.values(EVENT_TYPES), OtherEvent];

/** Returns the event as an object of its GraphQL type. @param withoutPeople whether the viewer may not see the users of the app. */
export function membershipEventOf(entry: HistoryEntry, source: ReadSource, withoutPeople = false): MembershipEvent {
  const Type = entry.event ? EVENT_TYPES[entry.event.type] : OtherEvent;
  return new Type(entry, source, withoutPeople);
}

@ObjectType('UserWhy', { simpleResolvers: true, description: 'The events that explain a user\'s status, role and licence.' })
export class UserWhy {
  @Field(() => MembershipEvent, { description: 'The event that led to the user\'s status.' })
  readonly status: MembershipEvent;

  @Field(() => MembershipEvent, { description: 'The event that led to the user\'s role.' })
  readonly role: MembershipEvent;

  @Field(() => MembershipEvent, { nullable: true, description: 'The event that took or reserved a licence for the user. Null when they hold none.' })
  readonly licence: MembershipEvent | null;
}

/** Where the events of a page are read, and whether an app's users are withheld from the viewer; they are not where it does not say. */
interface EventsParent {
  readonly source: ReadSource;
  readonly withholdsPeople?: (appId: string) => boolean;
}

@ObjectType('MembershipEventConnection', { simpleResolvers: true, description: 'A page of a history, earliest event first.' })
export class MembershipEventConnection extends connectionOf<HistoryEntry, MembershipEvent, EventsParent>(MembershipEvent, 'event', (entry, { source, withholdsPeople }) => membershipEventOf(entry, source, withholdsPeople?.(entry.appId))) {}
