import type { RosterEvent, UserRole } from '../events';
import { invite, type Invite } from './invite';
import type { DecisionContext } from './rosterGuards';
import type { RosterState } from './rosterState';

export interface JoinApp {
  readonly type: 'JoinApp';
  readonly keapId: string;
  readonly role: UserRole;
  /** whose sign-in the address is bound to; null while it is nobody's. */
  readonly boundPersonId: string | null;
  readonly newUserId: string;
  readonly newInvitationId: string;
  readonly expiresAt: string;
}

/**
 * A partner's invitation and its acceptance as one step, for histories that were recorded elsewhere. The rules of
 * inviting hold; no message is sent and no limit counts.
 */
export function joinApp(command: JoinApp, state: RosterState, context: DecisionContext): RosterEvent[] {
  const wish: Invite = { ...command, type: 'Invite', kind: 'PARTNER', name: null, knownPartner: true, tokenHash: null, limits: null };
  return invite(wish, state, context).flatMap((event): RosterEvent[] => {
    if (event.type !== 'PartnerInvited') return [event];
    const { userId, invitationId, role, person } = event.data;
    const known = state.users.get(userId);
    const personId = known?.personId ?? command.boundPersonId;
    return [event, { type: 'InvitationAccepted', data: { userId, invitationId, personId, epoch: (known?.epoch ?? 0) + 1, kind: 'PARTNER', role, person } }];
  });
}
