import type { ClosingReason, ContactsEvent } from '../../src/domain/events';
import { userIdOf } from './people';

/** Events of `contacts-gx624`, by the names of people. The epoch is 1 unless given. */

type EventOf<T extends ContactsEvent['type']> = Extract<ContactsEvent, { readonly type: T }>;

export const assigned = (name: string, contactIds: readonly string[], epoch = 1): EventOf<'ContactsAssigned'> => ({ type: 'ContactsAssigned', data: { userId: userIdOf(name), epoch, contactIds } });

export const reassigned = (from: string, to: string, contactIds: readonly string[], epoch = 1): EventOf<'ContactsReassigned'> => ({
  type: 'ContactsReassigned',
  data: { fromUserId: userIdOf(from), userId: userIdOf(to), epoch, contactIds },
});

export const unassigned = (name: string, contactIds: readonly string[]): EventOf<'ContactsUnassigned'> => ({ type: 'ContactsUnassigned', data: { userId: userIdOf(name), contactIds } });

export const closed = (name: string, epoch = 1, reason: ClosingReason = 'LEAVE', removalReason: string | null = null): EventOf<'AssigneeClosed'> => ({
  type: 'AssigneeClosed',
  data: { userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}`, reason, removalReason },
});

export const reopened = (name: string, epoch = 1): EventOf<'AssigneeReopened'> => ({ type: 'AssigneeReopened', data: { userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}` } });
