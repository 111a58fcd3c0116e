import type { AppEvent, UserKind, UserRole } from '../../domain/events';
import { reasonGiven } from '../../domain/reasons';

/** The names in a summary. */
interface SummaryNames {
  /** The person who caused the event. */
  readonly actor: string;
  /** The user that the event is about. */
  readonly user: string;
  /** The user whose contacts or invitation are moved to `user`. */
  readonly otherUser: string;
}

/** Describes an event in one plain sentence. */
function summaryOf(event: AppEvent, names: SummaryNames): string {
  const reason = reasonGiven(event);
  return `${sentenceOf(event, names)}${reason === null ? '' : `, with the reason "${reason}"`}.`;
}

/** The summary of an event whose type or version this program does not know. */
const unknownSummary = (type: string): string => `Something happened that this version of the service does not know: ${type}.`;

const as = (kind: UserKind, role: UserRole): string => `as a ${kind === 'PARTNER' ? 'partner' : 'user'} with the role ${role}`;

const contacts = ({ length }: readonly string[]): string => (length === 1 ? 'one contact' : `${length.toLocaleString('en')} contacts`);

const licencesOf = (licences: number): string => (licences === 1 ? 'one licence' : `${licences.toLocaleString('en')} licences`);

function sentenceOf(event: AppEvent, { actor, user, otherUser }: SummaryNames): string {
  switch (event.type) {
    case 'AppRegistered':
      return `${actor} registered the app ${event.data.name} with ${licencesOf(event.data.licences)}`;
    case 'OwnerAdded':
      return `${user} became the owner of the app`;
    case 'LicencesSet':
      return `${actor} gave the app ${licencesOf(event.data.licences)}`;
    case 'AppRenamed':
      return `${actor} set the name of the app to ${event.data.name} and its address to ${event.data.url}`;
    case 'ImportStarted':
      return `${actor} began to import the history of the app`;
    case 'ImportFinished':
      return `${actor} imported the history of the app, with ${event.data.changes === 1 ? '1 change' : `${event.data.changes.toLocaleString('en')} changes`}`;
    case 'PartnerInvited':
      return `${actor} invited ${user} ${as('PARTNER', event.data.role)}`;
    case 'UserInvited':
      return `${actor} invited ${user} ${as('USER', event.data.role)}`;
    case 'InvitationResent':
      return `${actor} sent ${user} the invitation again`;
    case 'InvitationRevoked':
      return `${actor} took the invitation of ${user} back`;
    case 'InvitationDeclined':
      return `${user} declined the invitation`;
    case 'InvitationExpired':
      return `The invitation of ${user} expired`;
    case 'InvitationAccepted':
      return `${user} joined ${as(event.data.kind, event.data.role)}`;
    case 'UserRoleChanged':
      return `${actor} changed the role of ${user} from ${event.data.from} to ${event.data.to}`;
    case 'InvitationMoved':
      return `The invitation of ${otherUser} moved to ${user}, whose sign-in holds the invited Keap ID now`;
    case 'PersonBound':
      return `${user} signed in, and the membership belongs to that sign-in from then on`;
    case 'AdminAppointed':
      return `${actor} appointed ${user} as an admin`;
    case 'UserRebound':
      return `${actor} gave the membership of ${user} to ${event.data.toPersonId === null ? 'the next sign-in with their Keap ID' : 'another sign-in'}`;
    case 'PersonUpdated':
      return `${user} signed in with another name or Keap ID than before`;
    case 'PartnerLeftApp':
      return `${user} left the app`;
    case 'UserRemoved':
      return `${actor} removed ${user} from the app`;
    case 'ContactsAssigned':
      return `${actor} assigned ${contacts(event.data.contactIds)} to ${user}`;
    case 'ContactsReassigned':
      return `${actor} passed ${contacts(event.data.contactIds)} from ${otherUser} to ${user}`;
    case 'ContactsUnassigned':
      return `${actor} took ${contacts(event.data.contactIds)} from ${user}`;
    case 'AssigneeClosed':
      return `${user} can be assigned no more contacts, ${event.data.reason === 'LEAVE' ? 'since they are leaving' : `since ${actor} is removing them`}`;
    case 'AssigneeReopened':
      return `${user} can be assigned contacts again, since they stay`;
    case 'ReassignmentStarted':
      return `${actor} began to pass all contacts of ${otherUser} to ${user}`;
    case 'ReassignmentFinished':
      return event.data.complete ? 'All contacts of a user have been passed on' : 'Passing on the contacts of a user was given up';
  }
}

/** A person as an app knows them. */
interface Known {
  readonly name: string | null;
  readonly keapId: string;
}

/** Looks up the current names of people in an app. */
export interface KnownPeople {
  readonly user: (key: { readonly appId: string; readonly userId: string }) => Promise<Known | undefined>;
  /** Finds a signed-in person among the users of the app. */
  readonly person: (key: { readonly appId: string; readonly personId: string }) => Promise<Known | undefined>;
}

/** An event of an app to describe. */
export interface SummarizedEvent {
  readonly appId: string;
  readonly actorId: string;
  readonly type: string;
  /** The event in the current version; null for a type or version that this program does not know. */
  readonly event: AppEvent | null;
}

/** The role in which the actor of an event acted. */
export type ActorKind = 'MEMBER' | 'OPERATOR' | 'AUDITOR' | 'SYSTEM' | 'IMPORT';

const BY_OPERATORS: readonly string[] = ['AppRegistered', 'OwnerAdded', 'LicencesSet', 'AppRenamed', 'ImportStarted', 'ImportFinished', 'AdminAppointed', 'UserRebound'] satisfies AppEvent['type'][];

/** Returns the role in which the actor of an app's event acted. */
export function actorKindOf({ actorId, type }: Pick<SummarizedEvent, 'actorId' | 'type'>): ActorKind {
  if (actorId === 'import') return 'IMPORT';
  if (Object.hasOwn(SYSTEM_NAMES, actorId)) return 'SYSTEM';
  return BY_OPERATORS.includes(type) ? 'OPERATOR' : 'MEMBER';
}

const SYSTEM_NAMES: Readonly<Record<string, string>> = { import: 'An import', expiry: 'The service' };

/** Describes an event in one plain sentence, with the current names of people. */
export async function summaryWithNames({ event, appId, actorId, type }: SummarizedEvent, people: KnownPeople): Promise<string> {
  if (!event) return unknownSummary(type);
  const { data } = event;
  const [actor, user, otherUser] = await Promise.all([
    people.person({ appId, personId: actorId }),
    'userId' in data ? people.user({ appId, userId: data.userId }) : undefined,
    'fromUserId' in data ? people.user({ appId, userId: data.fromUserId }) : undefined,
  ]);
  const written = 'person' in data ? data.person : undefined;
  return summaryOf(event, { actor: nameOf(actor) ?? actorWithoutName(actorId, type), user: nameOf(user) ?? nameOf(written) ?? 'somebody', otherUser: nameOf(otherUser) ?? 'somebody' });
}

/** Describes an event without names: people appear as "somebody". */
export function summaryWithoutNames({ event, actorId, type }: SummarizedEvent): string {
  if (!event) return unknownSummary(type);
  const sentence = summaryOf(event, { actor: actorWithoutName(actorId, type), user: 'somebody', otherUser: 'somebody' });
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

const nameOf = (known: Known | null | undefined): string | undefined => known?.name ?? known?.keapId;

const actorWithoutName = (actorId: string, type: string): string => SYSTEM_NAMES[actorId] ?? (BY_OPERATORS.includes(type) ? 'An operator' : 'Somebody');
