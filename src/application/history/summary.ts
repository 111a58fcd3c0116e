import { type ActOutside, isOperatorsAct } from '../../domain/administration';
import type { UserKind, UserRole } from '../../domain/events';
import { reasonGiven } from '../../domain/reasons';
import type { AccessReviewReminder, Reminder } from '../../domain/reviews/events';
import type { HistoryEvent } from './entries';

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
function summaryOf(event: HistoryEvent, names: SummaryNames): string {
  const reason = reasonGiven(event);
  const sentence = sentenceOf(event, names);
  return `${sentence.startsWith(SOMEBODY) ? sentence.charAt(0).toUpperCase() + sentence.slice(1) : sentence}${reason === null ? '' : `, with the reason "${reason}"`}.`;
}

/** Stands for a person who is not named. */
const SOMEBODY = 'somebody';

/** The summary of an event whose type or version this program does not know. */
const unknownSummary = (type: string): string => `Something happened that this version of the service does not know: ${type}.`;

const as = (kind: UserKind, role: UserRole): string => `as a ${kind === 'PARTNER' ? 'partner' : 'user'} with the role ${role}`;

const contacts = ({ length }: readonly string[]): string => (length === 1 ? 'one contact' : `${length.toLocaleString('en')} contacts`);

const licencesOf = (licences: number): string => (licences === 1 ? 'one licence' : `${licences.toLocaleString('en')} licences`);

const DUE: Readonly<Record<Reminder, string>> = { WEEK: 'is due within a week', DAY: 'is due within a day', OVERDUE: 'is overdue' };

const undecidedOf = ({ undecided, people }: AccessReviewReminder['data']): string =>
  (undecided === 0 ? 'everybody decided on' : `${undecided.toLocaleString('en')} of ${people.toLocaleString('en')} people not decided on`);

function sentenceOf(event: HistoryEvent, names: SummaryNames): string {
  const { actor, user, otherUser } = names;
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
    case 'AccessReviewReminded':
      return `${actor} reminded the admins of an access review that ${DUE[event.data.reminder]}, with ${undecidedOf(event.data)}`;
    default:
      return actOf(event, actor);
  }
}

/** Describes an act outside of an app's streams. The address of a webhook is not repeated, since its path may hold a secret. */
function actOf(event: ActOutside, actor: string): string {
  switch (event.type) {
    case 'WebhookRegistered':
      return `${actor} registered a webhook at ${URL.canParse(event.data.url) ? new URL(event.data.url).host : 'an address'}`;
    case 'WebhookRemoved':
      return `${actor} removed a webhook`;
    case 'WebhookReplayRequested':
      return `${actor} asked for ${event.data.after === null ? 'the dead letters of a webhook' : 'the events of a webhook after a position'} to be sent again`;
    case 'KeapIdReleased':
      return `${actor} released a Keap ID from the sign-in that held it`;
    case 'AuditorRead':
      return `${actor} read ${event.data.read} ${event.data.appId === null ? 'across all apps' : `of ${event.data.appId}`}`;
    case 'AccessReviewStarted':
      return `${actor} started an access review of ${event.data.appId}, with ${event.data.people === 1 ? 'one person' : `${event.data.people.toLocaleString('en')} people`}`;
    case 'PersonErased':
      return `${actor} erased a person, who is shown as "erased person #${event.data.number}", in ${event.data.events === 1 ? 'one event' : `${event.data.events.toLocaleString('en')} events`}`;
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
  /** Finds a signed-in person, as the app or else their sign-in names them. */
  readonly person: (key: { readonly appId: string; readonly personId: string }) => Promise<Known | undefined>;
}

/** An event to describe. */
export interface SummarizedEvent {
  readonly appId: string;
  readonly actorId: string;
  readonly type: string;
  /** The event in the current version; null for a type or version that this program does not know. */
  readonly event: HistoryEvent | null;
}

/** The role in which the actor of an event acted. */
export type ActorKind = 'MEMBER' | 'OPERATOR' | 'AUDITOR' | 'SYSTEM' | 'IMPORT';

/** An actor that is no person. */
interface PartOfService {
  readonly kind: ActorKind;
  /** As the actor of a sentence. */
  readonly inSentence: string;
  /** As a name of its own. */
  readonly name: string;
}

/** The parts of the service that cause events. Commands of the command line are an operator's. */
const PARTS: Readonly<Record<string, PartOfService>> = {
  import: { kind: 'IMPORT', inSentence: 'An import', name: 'Import' },
  expiry: { kind: 'SYSTEM', inSentence: 'The service', name: 'Service' },
  reminders: { kind: 'SYSTEM', inSentence: 'The service', name: 'Service' },
  rebind: { kind: 'OPERATOR', inSentence: 'An operator', name: 'Command "rebind"' },
  erasure: { kind: 'OPERATOR', inSentence: 'An operator', name: 'Command "erase"' },
};

const partOf = (actorId: string): PartOfService | undefined => (Object.hasOwn(PARTS, actorId) ? PARTS[actorId] : undefined);

/** Returns the name of an actor that is no person; undefined for a person. */
export const nameOfPart = (actorId: string): string | undefined => partOf(actorId)?.name;

/** Returns the role in which the actor of an event acted. */
export function actorKindOf({ actorId, type, event }: Pick<SummarizedEvent, 'actorId' | 'type' | 'event'>): ActorKind {
  const part = partOf(actorId);
  if (part) return part.kind;
  switch (event?.type) {
    case 'AuditorRead':
      return 'AUDITOR';
    case 'AccessReviewStarted':
      return event.data.startedAs;
    case 'WebhookRegistered':
    case 'WebhookRemoved':
    case 'WebhookReplayRequested':
    case 'KeapIdReleased':
    case 'PersonErased':
      return 'OPERATOR';
    default:
      return isOperatorsAct(type) ? 'OPERATOR' : 'MEMBER';
  }
}

/** Describes an event in one plain sentence, with the current names of people. @param namesWritten whether the person in the event may be named. */
export async function summaryWithNames(summarized: SummarizedEvent, people: KnownPeople, namesWritten = true): Promise<string> {
  const { event, appId, actorId, type } = summarized;
  if (!event) return unknownSummary(type);
  const { data } = event;
  const [actor, user, otherUser] = await Promise.all([
    people.person({ appId, personId: actorId }),
    'userId' in data ? people.user({ appId, userId: data.userId }) : undefined,
    'fromUserId' in data ? people.user({ appId, userId: data.fromUserId }) : undefined,
  ]);
  const written = namesWritten && 'person' in data ? data.person : undefined;
  return summaryOf(event, { actor: nameOf(actor) ?? actorWithoutName(summarized), user: nameOf(user) ?? nameOf(written) ?? SOMEBODY, otherUser: nameOf(otherUser) ?? SOMEBODY });
}

/** Describes an event without names: people appear as "somebody". */
export function summaryWithoutNames(summarized: SummarizedEvent): string {
  const { event, type } = summarized;
  if (!event) return unknownSummary(type);
  return summaryOf(event, { actor: actorWithoutName(summarized), user: SOMEBODY, otherUser: SOMEBODY });
}

const nameOf = (known: Known | null | undefined): string | undefined => known?.name ?? known?.keapId;

const WITHOUT_NAME: Readonly<Record<ActorKind, string>> = { MEMBER: 'Somebody', OPERATOR: 'An operator', AUDITOR: 'An auditor', SYSTEM: 'The service', IMPORT: 'An import' };

const actorWithoutName = (summarized: SummarizedEvent): string => partOf(summarized.actorId)?.inSentence ?? WITHOUT_NAME[actorKindOf(summarized)];
