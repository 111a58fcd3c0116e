// Stream names contain ids only, never personal data.

export const ROSTER_PREFIX = 'app-';
export const CONTACTS_PREFIX = 'contacts-';
export const PERSON_PREFIX = 'person-';
export const ACCOUNT_PREFIX = 'account-';
const LANGUAGE_PREFIX = 'language-';
const REQUEST_PREFIX = 'request-';
export const MAIL_PREFIX = 'mail-';
export const WEBHOOK_PREFIX = 'webhook-';
/** The stream of all registrations of webhooks. */
export const WEBHOOKS_STREAM = 'webhooks';
export const REVIEW_PREFIX = 'review-';
export const AUDIT_PREFIX = 'audit-';
/** The stream of what operators do at the command line, outside of apps. */
export const ADMINISTRATION_STREAM = 'administration';
/** Takes the place of an app's id where something belongs to no app. No app has this id. */
export const NO_APP = '-';

export const rosterStream = (appId: string): string => ROSTER_PREFIX + appId;
export const contactsStream = (appId: string): string => CONTACTS_PREFIX + appId;
export const personStream = (personKey: string): string => PERSON_PREFIX + personKey;
export const languageStream = (addressKey: string): string => LANGUAGE_PREFIX + addressKey;
export const accountStream = (userId: string): string => ACCOUNT_PREFIX + userId;
export const requestStream = (requestKey: string): string => REQUEST_PREFIX + requestKey;
export const mailStream = (appId: string): string => MAIL_PREFIX + appId;
export const webhookStream = (webhookId: string): string => WEBHOOK_PREFIX + webhookId;
export const reviewStream = (reviewId: string): string => REVIEW_PREFIX + reviewId;

/** The stream of reads by auditors in the month, in UTC, of an ISO 8601 time. */
export const auditStream = (at: string): string => AUDIT_PREFIX + at.slice(0, 7);

/** Returns the app whose history shows the event: that of its stream, or the one that is reminded of a review; undefined for other events. */
export function appIdOfHistory({ stream, type, data }: { readonly stream: string; readonly type: string; readonly data: Readonly<Record<string, unknown>> }): string | undefined {
  if (!stream.startsWith(REVIEW_PREFIX)) return appIdOfStream(stream);
  return type === 'AccessReviewReminded' && typeof data['appId'] === 'string' ? data['appId'] : undefined;
}

/** Returns the app of a roster or contacts stream; undefined for other streams. */
export function appIdOfStream(stream: string): string | undefined {
  if (stream.startsWith(ROSTER_PREFIX)) return stream.slice(ROSTER_PREFIX.length);
  if (stream.startsWith(CONTACTS_PREFIX)) return stream.slice(CONTACTS_PREFIX.length);
  return undefined;
}
