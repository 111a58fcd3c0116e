import { DomainError } from '../domainError';
import type { RosterState } from './rosterState';

const DAY_MS = 24 * 60 * 60 * 1000;

/** How many invitations may be sent; 0 is no limit. A day is the last 24 hours; resends count. */
export interface SendLimits {
  readonly perAppPerDay: number;
  readonly perRecipientPerDay: number;
  /** when this recipient was sent invitations in the last day, over all apps, oldest first. */
  readonly recipientSentAt: readonly string[];
}

/** @throws DomainError `RATE_LIMITED` with the seconds after which one more may be sent. */
export function requireSendsLeft(state: RosterState, now: string, limits: SendLimits): void {
  refuseOver(state.sentAt, limits.perAppPerDay, now, 'invitations of this app');
  refuseOver(limits.recipientSentAt, limits.perRecipientPerDay, now, 'invitations to this person');
}

function refuseOver(sentAt: readonly string[], limit: number, now: string, what: string): void {
  if (limit === 0) return;
  const dayAgo = new Date(Date.parse(now) - DAY_MS).toISOString();
  const recent = sentAt.filter((at) => at > dayAgo);
  const freeing = recent[recent.length - limit];
  if (freeing === undefined) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((Date.parse(freeing) + DAY_MS - Date.parse(now)) / 1000));
  throw new DomainError('RATE_LIMITED', `The limit of ${limit} ${what} in 24 hours is reached. Try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });
}
