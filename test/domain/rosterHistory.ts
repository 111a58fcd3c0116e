import type { InvitedData, RosterEvent, UserKind, UserRole } from '../../src/domain/events';
import { EXPIRY } from './moments';
import { invitationIdOf, keapIdOf, userIdOf } from './people';

/** Events of `app-gx624`, by the name of the person concerned: `ann` is `user-ann`, with the invitation `invitation-ann`. */

type EventOf<T extends RosterEvent['type']> = Extract<RosterEvent, { readonly type: T }>;

/** An app with this number of licences and its owner, Olga. */
export const appOf = (licences: number): [EventOf<'AppRegistered'>, EventOf<'OwnerAdded'>] => [
  { type: 'AppRegistered', data: { name: 'Keap Pro Recording', url: 'https://gx624.example.com', licences } },
  { type: 'OwnerAdded', data: { userId: userIdOf('olga'), epoch: 1, person: { keapId: keapIdOf('olga'), name: 'Olga' } } },
];

export const licencesSet = (licences: number): EventOf<'LicencesSet'> => ({ type: 'LicencesSet', data: { licences } });
export const appRenamed = (name: string, url: string): EventOf<'AppRenamed'> => ({ type: 'AppRenamed', data: { name, url } });

const invitedData = (name: string, data: Partial<InvitedData>): InvitedData => ({
  userId: userIdOf(name),
  invitationId: invitationIdOf(name),
  role: 'STANDARD',
  expiresAt: EXPIRY,
  tokenHash: `hash-${name}-1`,
  sendCount: 1,
  invitedBy: userIdOf('olga'),
  reason: null,
  person: { keapId: keapIdOf(name), name: null },
  ...data,
});

export const userInvited = (name: string, data: Partial<InvitedData> = {}): EventOf<'UserInvited'> => ({ type: 'UserInvited', data: invitedData(name, data) });
export const partnerInvited = (name: string, data: Partial<InvitedData> = {}): EventOf<'PartnerInvited'> => ({ type: 'PartnerInvited', data: invitedData(name, data) });

export const accepted = (name: string, data: Partial<EventOf<'InvitationAccepted'>['data']> = {}): EventOf<'InvitationAccepted'> => ({
  type: 'InvitationAccepted',
  data: {
    userId: userIdOf(name),
    invitationId: invitationIdOf(name),
    personId: `person-${name}`,
    epoch: 1,
    kind: 'USER',
    role: 'STANDARD',
    person: { keapId: keapIdOf(name), name: null },
    ...data,
  },
});

/** An invitation and its acceptance. */
export const joined = (name: string, kind: UserKind, role: UserRole = 'STANDARD'): RosterEvent[] => [
  kind === 'USER' ? userInvited(name, { role }) : partnerInvited(name, { role }),
  accepted(name, { kind, role }),
];

const ofInvitation = (name: string, invitationId: string): { readonly userId: string; readonly invitationId: string } => ({ userId: userIdOf(name), invitationId });

export const resent = (name: string, sendCount: number, data: Partial<EventOf<'InvitationResent'>['data']> = {}): EventOf<'InvitationResent'> => ({
  type: 'InvitationResent',
  data: { ...ofInvitation(name, invitationIdOf(name)), expiresAt: EXPIRY, tokenHash: `hash-${name}-${sendCount}`, sendCount, ...data },
});
export const revoked = (name: string, invitationId = invitationIdOf(name)): EventOf<'InvitationRevoked'> => ({ type: 'InvitationRevoked', data: ofInvitation(name, invitationId) });
export const expired = (name: string, invitationId = invitationIdOf(name)): EventOf<'InvitationExpired'> => ({ type: 'InvitationExpired', data: ofInvitation(name, invitationId) });
export const declined = (name: string, invitationId = invitationIdOf(name)): EventOf<'InvitationDeclined'> => ({
  type: 'InvitationDeclined',
  data: { ...ofInvitation(name, invitationId), personId: `person-${name}` },
});

export const roleChanged = (name: string, from: UserRole, to: UserRole, reason: string | null = null): EventOf<'UserRoleChanged'> => ({ type: 'UserRoleChanged', data: { userId: userIdOf(name), from, to, reason } });
export const bound = (name: string, personId = `person-${name}`): EventOf<'PersonBound'> => ({ type: 'PersonBound', data: { userId: userIdOf(name), personId } });
export const appointed = (name: string, data: Partial<EventOf<'AdminAppointed'>['data']> = {}): EventOf<'AdminAppointed'> => ({
  type: 'AdminAppointed',
  data: { userId: userIdOf(name), epoch: 1, wasMember: false, fromPersonId: null, revokedInvitationId: null, reason: 'Ticket 4711', informedUserIds: ['user-olga', userIdOf(name)], person: { keapId: keapIdOf(name), name: null }, ...data },
});
export const rebound = (name: string, data: Partial<EventOf<'UserRebound'>['data']> = {}): EventOf<'UserRebound'> => ({
  type: 'UserRebound',
  data: { userId: userIdOf(name), fromPersonId: `person-${name}`, toPersonId: null, reason: 'Ticket 4712', informedUserIds: ['user-olga', userIdOf(name)], person: { keapId: keapIdOf(name), name: null }, ...data },
});
export const left = (name: string, epoch = 1): EventOf<'PartnerLeftApp'> => ({ type: 'PartnerLeftApp', data: { userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}` } });
export const removed = (name: string, epoch = 1, reason: string | null = null): EventOf<'UserRemoved'> => ({ type: 'UserRemoved', data: { userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}`, reason } });

/** The person's sign-in stated another Keap ID or name. */
export const personUpdated = (name: string, person: { readonly keapId: string; readonly name: string | null }, issuedAt: string | null = null): EventOf<'PersonUpdated'> => ({
  type: 'PersonUpdated',
  data: { userId: userIdOf(name), issuedAt, person },
});
