import type { UserKind, UserRole } from '../../../domain/events';
import type { Reminder } from '../../../domain/reviews/events';
import type { MessageText, Quoted } from './message';

/** What an invitation message tells. */
export interface InvitationFacts {
  readonly inviter: Quoted;
  readonly accountName: Quoted;
  readonly kind: UserKind;
  readonly role: UserRole;
  /** The inviter's words; null where they gave no reason. */
  readonly reason: Quoted | null;
  /** ISO 8601 in UTC. */
  readonly expiresAt: string;
  /** URL of the invitation page, including the token. */
  readonly link: string;
}

/** What a notice to an admin tells: what an operator did to a member of their app. */
export interface NoticeFacts {
  readonly accountName: Quoted;
  /** Name of the member, or their Keap ID where no name is known. */
  readonly name: Quoted;
  readonly keapId: Quoted;
  /** The operator's words. */
  readonly reason: Quoted;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** Whether the membership waits for the next sign-in with the Keap ID. */
  readonly awaited: boolean;
  /** Whether the recipient is the member. */
  readonly isRecipient: boolean;
}

/** What a reminder of an access review tells the admins of the app. */
export interface ReminderFacts {
  readonly accountName: Quoted;
  readonly reminder: Reminder;
  /** When the review is to be finished, in ISO 8601, UTC. */
  readonly dueAt: string;
  readonly people: number;
  /** Number of people whose access is not decided on. */
  readonly undecided: number;
  /** URL of the review's page in the console; null where there is no console. */
  readonly link: string | null;
}

/** The texts of the invitation page. `{app}`, `{inviter}`, `{keapId}` and `{role}` are replaced in the browser. */
export interface InvitationPageTexts {
  readonly title: string;
  readonly titleFor: string;
  readonly loading: string;
  readonly needsScript: string;
  readonly invites: string;
  readonly somebody: string;
  readonly labels: Readonly<Record<'from' | 'to' | 'for' | 'as' | 'until' | 'howToAccept', string>>;
  readonly signIn: string;
  readonly kinds: Readonly<Record<UserKind, string>>;
  readonly roles: Readonly<Record<UserRole, string>>;
  readonly withRole: string;
  /** Said of an invitation that is no longer open, by its status; OPEN for a link that a newer one has replaced. */
  readonly ended: Readonly<Record<'OPEN' | 'ACCEPTED' | 'DECLINED' | 'REVOKED' | 'EXPIRED', string>>;
  readonly incomplete: string;
  readonly notFound: string;
  readonly tooMany: string;
  readonly unreachable: string;
}

/** Everything that this service writes to people in one language. Another language is one more file that has all of it. */
export interface Texts {
  /** BCP 47 tag. */
  readonly language: string;
  readonly invitation: (facts: InvitationFacts) => MessageText;
  /** Notices, by the type of the event that they tell of. */
  readonly notices: Readonly<Record<'AdminAppointed' | 'UserRebound', (facts: NoticeFacts) => MessageText>>;
  readonly reminder: (facts: ReminderFacts) => MessageText;
  readonly invitationPage: InvitationPageTexts;
}

/** Creating one takes longer than everything else that a message needs. */
const timeFormats = new Map<string, Intl.DateTimeFormat>();

/** Writes a time in UTC as a language does. @param locale BCP 47 tag; @param at ISO 8601. */
export function timeIn(locale: string, at: string): string {
  const format = timeFormats.get(locale) ?? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  timeFormats.set(locale, format);
  return `${format.format(new Date(at))} (UTC)`;
}
