import type { AppEvent, UserKind, UserRole } from '../domain/events';

/** The names that a sentence is made of. */
export interface SummaryNames {
  /** who did it. */
  readonly actor: string;
  /** the user whom it is about. */
  readonly user: string;
  /** the user whom something was taken from. */
  readonly otherUser: string;
}

/** One plain sentence that says what happened. */
export const summaryOf = (event: AppEvent, names: SummaryNames): string => `${sentenceOf(event, names)}.`;

/** The sentence for what this program does not know. */
export const unknownSummary = (type: string): string => `Something happened that this version of the service does not know: ${type}.`;

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
    case 'PersonBound':
      return `${user} signed in for the first time`;
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
