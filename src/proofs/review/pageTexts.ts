import type { UserKind, UserRole } from '../../domain/events';
import type { AccessDecision, ReviewerKind } from '../../domain/reviews/events';

/** The texts of the page of an access review in one language. `{names}` stand for what the review says. */
export interface PageTexts {
  readonly title: string;
  readonly lead: string;
  readonly facts: Readonly<Record<'note' | 'started' | 'due' | 'finished' | 'people' | 'kept' | 'removed' | 'review', string>>;
  /** A time and who did something then. */
  readonly by: string;
  readonly people: string;
  readonly columns: Readonly<Record<'number' | 'person' | 'kind' | 'role' | 'decision' | 'remark' | 'decidedBy' | 'decidedAt', string>>;
  readonly kinds: Readonly<Record<UserKind, string>>;
  readonly roles: Readonly<Record<UserRole, string>>;
  readonly decisions: Readonly<Record<AccessDecision, string>>;
  /** Who did something, where the app does not know them. */
  readonly actors: Readonly<Record<ReviewerKind, string>>;
  readonly none: string;
  readonly proof: string;
  readonly proofLead: string;
  readonly check: string;
  readonly checkpoint: Readonly<Record<'signOff' | 'hash' | 'log' | 'events' | 'position' | 'root' | 'time' | 'key' | 'signature', string>>;
}

const en: PageTexts = {
  title: 'Access review',
  lead: 'Everybody who had access to {app} on {time}, and what an admin decided about each of them.',
  facts: { note: 'Note', started: 'Started', due: 'Due', finished: 'Signed off', people: 'People', kept: 'Keep their access', removed: 'Are to be removed', review: 'ID of the review' },
  by: '{time} by {who}',
  people: 'People',
  columns: { number: 'No.', person: 'Person', kind: 'Kind', role: 'Role', decision: 'Decision', remark: 'Remark', decidedBy: 'Decided by', decidedAt: 'Decided' },
  kinds: { USER: 'User', PARTNER: 'Partner' },
  roles: { ADMIN: 'Admin', STANDARD: 'Standard' },
  decisions: { KEEP: 'Keep', REMOVE: 'Remove' },
  actors: { MEMBER: 'Somebody', OPERATOR: 'An operator', AUDITOR: 'An auditor' },
  none: '–',
  proof: 'Proof',
  proofLead: 'The sign-off is an event in an append-only log. Its hash covers the list of people, every decision and every remark, and a signed checkpoint of the log covers the event.',
  check: 'This file holds the events with their proofs. To check them, and that this page says what they say, run “verify” of partner-access with this file and with the ID of the key as you keep it elsewhere:',
  checkpoint: {
    signOff: 'Event of the sign-off', hash: 'Its hash', log: 'Log', events: 'Events in the checkpoint', position: 'Position of the checkpoint', root: 'Root', time: 'Signed', key: 'ID of the key', signature: 'Signature',
  },
};

const de: PageTexts = {
  title: 'Zugangsprüfung',
  lead: 'Alle, die am {time} Zugang zu {app} hatten, und was ein Admin über jede Person entschieden hat.',
  facts: { note: 'Notiz', started: 'Begonnen', due: 'Fällig', finished: 'Abgezeichnet', people: 'Personen', kept: 'Behalten ihren Zugang', removed: 'Sind zu entfernen', review: 'ID der Prüfung' },
  by: '{time} von {who}',
  people: 'Personen',
  columns: { number: 'Nr.', person: 'Person', kind: 'Art', role: 'Rolle', decision: 'Entscheidung', remark: 'Bemerkung', decidedBy: 'Entschieden von', decidedAt: 'Entschieden' },
  kinds: { USER: 'Benutzer', PARTNER: 'Partner' },
  roles: { ADMIN: 'Admin', STANDARD: 'Standard' },
  decisions: { KEEP: 'Behalten', REMOVE: 'Entfernen' },
  actors: { MEMBER: 'Jemand', OPERATOR: 'Ein Operator', AUDITOR: 'Ein Auditor' },
  none: '–',
  proof: 'Nachweis',
  proofLead: 'Die Abzeichnung ist ein Ereignis in einem Protokoll, an das nur angehängt wird. Ihr Hash umfasst die Liste der Personen, jede Entscheidung und jede Bemerkung, und ein signierter Prüfpunkt des Protokolls umfasst das Ereignis.',
  check: 'Diese Datei enthält die Ereignisse mit ihren Nachweisen. Um sie zu prüfen, und ob diese Seite sagt, was sie sagen, führen Sie „verify“ von partner-access aus, mit dieser Datei und mit der ID des Schlüssels, die Sie anderswo aufbewahren:',
  checkpoint: {
    signOff: 'Ereignis der Abzeichnung', hash: 'Sein Hash', log: 'Protokoll', events: 'Ereignisse im Prüfpunkt', position: 'Position des Prüfpunkts', root: 'Wurzel', time: 'Signiert', key: 'ID des Schlüssels', signature: 'Signatur',
  },
};

const TEXTS = { en, de } as const;

/** A language in which the page of a review is written. */
export type PageLanguage = keyof typeof TEXTS;

/** Every language in which the page of a review is written. */
export const PAGE_LANGUAGES = Object.keys(TEXTS) as readonly PageLanguage[];

/** The texts in a language. */
export const pageTextsIn = (language: PageLanguage): PageTexts => TEXTS[language];
