import type { UserRole } from '../../src/domain/events';
import type { AcceptInvitation, DeclineInvitation } from '../../src/domain/roster/answering';
import type { BindPerson } from '../../src/domain/roster/signingIn';
import type { ChangeUserRole } from '../../src/domain/roster/decide';
import type { Invite, ResendInvitation, RevokeInvitation } from '../../src/domain/roster/inviting';
import type { AppointAdmin, RebindUser } from '../../src/domain/roster/recovering';
import type { LeaveApp, RemoveUser } from '../../src/domain/leaving';
import { DAY, after, NOW } from './moments';
import { invitationIdOf, keapIdOf, userIdOf } from './people';

/** Commands on `app-gx624`, by the name of the person concerned. */

/** Expiry of invitations sent at the default time. */
export const NEW_EXPIRY = after(7 * DAY, NOW);

export const inviteUser = (name: string, more: Partial<Invite> = {}): Invite => ({
  type: 'Invite',
  kind: 'USER',
  keapId: keapIdOf(name),
  role: 'STANDARD',
  name: null,
  boundPersonId: null,
  knownPartner: true,
  newUserId: userIdOf(name),
  newInvitationId: `${invitationIdOf(name)}-new`,
  expiresAt: NEW_EXPIRY,
  reason: null,
  tokenHash: `hash-${name}-new`,
  limits: null,
  ...more,
});

export const invitePartner = (name: string, more: Partial<Invite> = {}): Invite => inviteUser(name, { kind: 'PARTNER', ...more });

export const resend = (name: string, more: Partial<ResendInvitation> = {}): ResendInvitation => ({
  type: 'ResendInvitation',
  invitationId: invitationIdOf(name),
  expiresAt: NEW_EXPIRY,
  tokenHashOf: (sendCount) => `hash-${name}-${sendCount}`,
  limits: null,
  ...more,
});

export const revoke = (name: string, invitationId = invitationIdOf(name)): RevokeInvitation => ({ type: 'RevokeInvitation', invitationId });

/** Uses the first link that was sent. */
export const accept = (name: string, more: Partial<AcceptInvitation> = {}): AcceptInvitation => ({
  type: 'AcceptInvitation',
  invitationId: invitationIdOf(name),
  tokenHash: `hash-${name}-1`,
  boundPersonId: null,
  signedInAs: null,
  name: null,
  newUserId: `${userIdOf(name)}-new`,
  ...more,
});

/** Uses the first link that was sent. */
export const decline = (name: string, more: Partial<DeclineInvitation> = {}): DeclineInvitation => ({
  type: 'DeclineInvitation',
  invitationId: invitationIdOf(name),
  tokenHash: `hash-${name}-1`,
  boundPersonId: null,
  ...more,
});

export const changeRole = (name: string, role: UserRole, reason: string | null = null): ChangeUserRole => ({ type: 'ChangeUserRole', userId: userIdOf(name), role, reason });
export const leave = (name: string, epoch = 1): LeaveApp => ({ type: 'LeaveApp', userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}` });
export const remove = (name: string, epoch = 1, reason: string | null = null): RemoveUser => ({ type: 'RemoveUser', userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}`, reason });

export const appoint = (name: string, more: Partial<AppointAdmin> = {}): AppointAdmin => ({
  type: 'AppointAdmin', keapId: keapIdOf(name), name: null, reason: 'Ticket 4711', boundPersonId: null, newUserId: userIdOf(name), ...more,
});
export const rebind = (name: string, more: Partial<RebindUser> = {}): RebindUser => ({ type: 'RebindUser', userId: userIdOf(name), keapId: keapIdOf(name), reason: 'Ticket 4712', ...more });
export const signIn = (name: string, personId = `person-${name}`): BindPerson => ({ type: 'BindPerson', keapId: keapIdOf(name), personId });
