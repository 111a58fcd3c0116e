import type { UserRole } from '../../src/domain/events';
import type { AcceptInvitation } from '../../src/domain/roster/acceptInvitation';
import type { ChangeUserRole } from '../../src/domain/roster/changeUserRole';
import type { DeclineInvitation } from '../../src/domain/roster/declineInvitation';
import type { Invite } from '../../src/domain/roster/invite';
import type { LeaveApp } from '../../src/domain/roster/leaveApp';
import type { RemoveUser } from '../../src/domain/roster/removeUser';
import type { ResendInvitation } from '../../src/domain/roster/resendInvitation';
import type { RevokeInvitation } from '../../src/domain/roster/revokeInvitation';
import { DAY, after, NOW } from './moments';
import { invitationIdOf, keapIdOf, userIdOf } from './people';

/** Commands on `app-gx624`, told by the name of whom they are about. */

/** When invitations expire that are sent at the usual moment. */
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

/** By the first link that was sent. */
export const accept = (name: string, more: Partial<AcceptInvitation> = {}): AcceptInvitation => ({
  type: 'AcceptInvitation',
  invitationId: invitationIdOf(name),
  tokenHash: `hash-${name}-1`,
  boundPersonId: null,
  name: null,
  ...more,
});

/** By the first link that was sent. */
export const decline = (name: string, more: Partial<DeclineInvitation> = {}): DeclineInvitation => ({
  type: 'DeclineInvitation',
  invitationId: invitationIdOf(name),
  tokenHash: `hash-${name}-1`,
  boundPersonId: null,
  ...more,
});

export const changeRole = (name: string, role: UserRole): ChangeUserRole => ({ type: 'ChangeUserRole', userId: userIdOf(name), role });
export const leave = (name: string, epoch = 1): LeaveApp => ({ type: 'LeaveApp', userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}` });
export const remove = (name: string, epoch = 1): RemoveUser => ({ type: 'RemoveUser', userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}` });
