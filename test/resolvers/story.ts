import type { Caller } from '../../src/application/commandTypes';
import { hashOfToken } from '../../src/application/linkTokens';
import type { Actor, UserKind, UserRole } from '../../src/domain/events';
import { person } from '../domain/people';
import { RecordedLog } from './recordedLog';

export const APP = 'gx624';
export const OTHER_APP = 'zz9';
export const NOW = '2026-03-10T12:00:00.000Z';
/** When the invitations of the story expire. */
export const EXPIRES_AT = '2026-03-15T12:00:00.000Z';
export const OLD_TOKEN = 'first-link-to-ann';
export const TOKEN = 'second-link-to-ann';

const day = (number: number): string => `2026-03-0${number}T12:00:00.000Z`;
const roster = `app-${APP}`;
const envelope = (name: string): { keapId: string; name: string } => ({ keapId: `${name}@example.com`, name: `${name.charAt(0).toUpperCase()}${name.slice(1)}` });

/** A signed-in person. */
function signedIn(actor: Actor): Caller {
  return { actor, keapId: actor.keapId ?? 'elsewhere@example.com', name: null, issuedAt: null, request: { correlationId: 'c' } };
}

export const olga = signedIn(person('olga'));
export const sam = signedIn(person('sam'));
export const pia = signedIn(person('pia'));
export const ann = signedIn(person('ann'));
export const lee = signedIn(person('lee'));
export const mallory = signedIn(person('mallory'));
export const operator = signedIn(person('otto', { scopes: ['operator'] }));
export const auditor = signedIn(person('audrey', { scopes: ['auditor'] }));

export function invited(log: RecordedLog, name: string, kind: UserKind, role: UserRole, at: string, expiresAt = EXPIRES_AT, token = `link-to-${name}`): void {
  log.record(roster, at, {
    type: kind === 'USER' ? 'UserInvited' : 'PartnerInvited',
    data: {
      userId: `user-${name}`, invitationId: `invitation-${name}`, role, expiresAt, tokenHash: hashOfToken(token), sendCount: 1, invitedBy: 'user-olga', reason: null, person: envelope(name),
    },
  });
}

function joined(log: RecordedLog, name: string, kind: UserKind, role: UserRole, at: string): void {
  invited(log, name, kind, role, at);
  log.record(roster, at, {
    type: 'InvitationAccepted',
    data: { userId: `user-${name}`, invitationId: `invitation-${name}`, personId: `person-${name}`, epoch: 1, kind, role, person: envelope(name) },
  });
}

/**
 * An app with three licences: Olga owns it; Sam, a user, and Pia, a partner with two contacts, joined on the second day;
 * Lee, a partner, joined then and left on the third; Ann's invitation, sent twice on the fourth, is open; Xena's is expired.
 * Mallory owns another app.
 */
export function storySoFar(): RecordedLog {
  const log = new RecordedLog();
  log.record(roster, day(1), { type: 'AppRegistered', data: { name: 'Keap Pro Recording', url: 'https://gx624.example.com', licences: 3 } });
  log.record(roster, day(1), { type: 'OwnerAdded', data: { userId: 'user-olga', epoch: 1, person: envelope('olga') } });
  log.record(roster, day(1), { type: 'PersonBound', data: { userId: 'user-olga', personId: 'person-olga' } });
  joined(log, 'sam', 'USER', 'STANDARD', day(2));
  joined(log, 'pia', 'PARTNER', 'STANDARD', day(2));
  joined(log, 'lee', 'PARTNER', 'STANDARD', day(2));
  log.record(`contacts-${APP}`, day(3), { type: 'ContactsAssigned', data: { userId: 'user-pia', epoch: 1, contactIds: ['c1', 'c2'] } });
  log.record(roster, day(3), { type: 'PartnerLeftApp', data: { userId: 'user-lee', epoch: 1, leaveId: 'leave-1' } });
  invited(log, 'ann', 'USER', 'ADMIN', day(4), EXPIRES_AT, OLD_TOKEN);
  log.record(roster, day(4), { type: 'InvitationResent', data: { userId: 'user-ann', invitationId: 'invitation-ann', expiresAt: EXPIRES_AT, tokenHash: hashOfToken(TOKEN), sendCount: 2 } });
  invited(log, 'xena', 'USER', 'STANDARD', day(4), day(5));
  log.record('account-user-pia', day(5), { type: 'AccountLabelSet', data: { appId: APP, userId: 'user-pia', label: 'My best client' } });
  log.record(`app-${OTHER_APP}`, day(5), { type: 'AppRegistered', data: { name: 'Other', url: 'https://zz9.example.com', licences: 1 } });
  log.record(`app-${OTHER_APP}`, day(5), { type: 'OwnerAdded', data: { userId: 'user-mallory', epoch: 1, person: envelope('mallory') } });
  return log;
}
