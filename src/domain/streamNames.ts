/** Names of streams. They hold ids only, never anything personal. */

export const ROSTER_PREFIX = 'app-';
export const CONTACTS_PREFIX = 'contacts-';
export const PERSON_PREFIX = 'person-';
export const ACCOUNT_PREFIX = 'account-';
const REQUEST_PREFIX = 'request-';
export const MAIL_PREFIX = 'mail-';
export const WEBHOOK_PREFIX = 'webhook-';
/** One for all: which webhooks there are. */
export const WEBHOOKS_STREAM = 'webhooks';
const AUDIT_PREFIX = 'audit-';

export const rosterStream = (appId: string): string => ROSTER_PREFIX + appId;
export const contactsStream = (appId: string): string => CONTACTS_PREFIX + appId;
export const personStream = (personKey: string): string => PERSON_PREFIX + personKey;
export const accountStream = (userId: string): string => ACCOUNT_PREFIX + userId;
export const requestStream = (requestKey: string): string => REQUEST_PREFIX + requestKey;
export const mailStream = (appId: string): string => MAIL_PREFIX + appId;
export const webhookStream = (webhookId: string): string => WEBHOOK_PREFIX + webhookId;

/** The stream of what auditors read in the month (UTC) of an ISO 8601 time. */
export const auditStream = (at: string): string => AUDIT_PREFIX + at.slice(0, 7);

/** The app that a roster or contacts stream belongs to; undefined for every other stream. */
export function appIdOfStream(stream: string): string | undefined {
  if (stream.startsWith(ROSTER_PREFIX)) return stream.slice(ROSTER_PREFIX.length);
  if (stream.startsWith(CONTACTS_PREFIX)) return stream.slice(CONTACTS_PREFIX.length);
  return undefined;
}
