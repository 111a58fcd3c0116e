import type { Actor } from '../../src/domain/actor';
import { DomainError } from '../../src/domain/domainError';
import type { RosterEvent, UserRole } from '../../src/domain/events';
import { requireLeavable } from '../../src/domain/roster/leaveApp';
import { requireRemovable } from '../../src/domain/roster/removeUser';
import { rosterDecider, type RosterCommand } from '../../src/domain/roster/rosterDecider';
import type { DecisionContext } from '../../src/domain/roster/rosterGuards';
import type { RosterState } from '../../src/domain/roster/rosterState';
import { given } from './given';
import { NOW } from './moments';
import { ann, APP_ID, invitationIdOf, olga, pia, userIdOf } from './people';
import { accept, changeRole, decline, inviteUser, invitePartner, leave, remove, resend, revoke } from './rosterCommands';
import { appOf, declined, expired, joined, left, partnerInvited, removed, revoked, userInvited } from './rosterHistory';

/** What a person can be in an app, as histories; and what can be wished then. The table of both is decided, not written. */

interface MembershipState {
  readonly name: string;
  /** what it is, in a sentence. */
  readonly meaning: string;
  /** whom it is about. */
  readonly person: Actor;
  /** what happened to that person in the app; after the app's registration and the joining of a partner who is an admin. */
  readonly past: readonly RosterEvent[];
}

interface Wish {
  readonly name: string;
  readonly meaning: string;
  readonly decide: (state: RosterState, person: Actor) => RosterEvent[];
}

const aboutAnn = <N extends string>(name: N, meaning: string, past: readonly RosterEvent[]): MembershipState & { readonly name: N } => ({ name, meaning, person: ann, past });

export const membershipStates = [
  aboutAnn('none', 'never had to do with the app', []),
  aboutAnn('invited (user)', 'an open invitation as a user', [userInvited('ann')]),
  aboutAnn('invited (partner)', 'an open invitation as a partner', [partnerInvited('ann')]),
  aboutAnn('expired', 'the invitation, as a user, was not answered in time', [userInvited('ann', { expiresAt: NOW })]),
  aboutAnn('expired, recorded', 'the same, and it has been written down', [userInvited('ann', { expiresAt: NOW }), expired('ann')]),
  aboutAnn('declined', 'the person declined the invitation', [userInvited('ann'), declined('ann')]),
  aboutAnn('revoked', 'an admin revoked the invitation', [userInvited('ann'), revoked('ann')]),
  aboutAnn('active user', 'accepted as a user', joined('ann', 'USER')),
  aboutAnn('active partner', 'accepted as a partner', joined('ann', 'PARTNER')),
  aboutAnn('left', 'was an active partner and left', [...joined('ann', 'PARTNER'), left('ann')]),
  aboutAnn('removed', 'was an active user and was removed', [...joined('ann', 'USER'), removed('ann')]),
  { name: 'last admin', meaning: 'the app\'s owner, its only active admin of kind user', person: olga, past: [] },
] as const satisfies readonly MembershipState[];

const byAdmin: DecisionContext = { actor: pia, now: NOW };
const by = (actor: Actor): DecisionContext => ({ actor, now: NOW });
const nameOf = ({ personId }: Actor): string => personId.slice('person-'.length);
const boundOwner = (state: RosterState, { personId }: Actor): string | null => (state.userIdByPerson.has(personId) ? personId : null);
const decideByAdmin = (command: RosterCommand, state: RosterState): RosterEvent[] => rosterDecider.decide(command, state, byAdmin);
const answer = (state: RosterState, person: Actor): { readonly tokenHash: string | null; readonly boundPersonId: string | null } => ({
  tokenHash: state.invitations.get(invitationIdOf(nameOf(person)))?.tokenHash ?? null,
  boundPersonId: boundOwner(state, person),
});

export const wishes = [
  {
    name: 'invite as user',
    meaning: 'an admin invites the person as a user; a licence is free',
    decide: (state, person) => decideByAdmin(inviteUser(nameOf(person), { boundPersonId: boundOwner(state, person) }), state),
  },
  {
    name: 'invite as partner',
    meaning: 'an admin invites the person as a partner',
    decide: (state, person) => decideByAdmin(invitePartner(nameOf(person), { boundPersonId: boundOwner(state, person) }), state),
  },
  { name: 'resend', meaning: 'an admin sends the person\'s invitation once more', decide: (state, person) => decideByAdmin(resend(nameOf(person)), state) },
  { name: 'revoke', meaning: 'an admin takes the person\'s invitation back', decide: (state, person) => decideByAdmin(revoke(nameOf(person)), state) },
  { name: 'accept', meaning: 'the person accepts the invitation, by its newest link', decide: (state, person) => rosterDecider.decide(accept(nameOf(person), answer(state, person)), state, by(person)) },
  { name: 'decline', meaning: 'the person declines the invitation, by its newest link', decide: (state, person) => rosterDecider.decide(decline(nameOf(person), answer(state, person)), state, by(person)) },
  { name: 'change role', meaning: 'an admin gives the person the other role', decide: (state, person) => decideByAdmin(changeRole(nameOf(person), otherRole(state, person)), state) },
  {
    name: 'leave',
    meaning: 'the person leaves; no contact is assigned to them',
    decide: (state, person) => {
      const { epoch } = requireLeavable(state, APP_ID, by(person));
      return rosterDecider.decide(leave(nameOf(person), epoch), state, by(person));
    },
  },
  {
    name: 'remove',
    meaning: 'an admin removes the person; no contact is assigned to them',
    decide: (state, person) => {
      const user = requireRemovable(state, userIdOf(nameOf(person)), byAdmin);
      return user ? decideByAdmin(remove(nameOf(person), user.epoch), state) : [];
    },
  },
] as const satisfies readonly Wish[];

export type StateName = (typeof membershipStates)[number]['name'];
export type WishName = (typeof wishes)[number]['name'];

const otherRole = (state: RosterState, person: Actor): UserRole => (state.users.get(userIdOf(nameOf(person)))?.role === 'ADMIN' ? 'STANDARD' : 'ADMIN');

/** What a cell says where the wish is true already. */
export const NOTHING_NEW = 'nothing new';

/** What the wish leads to in that state: the types of the events, `nothing new`, or the code of the refusal. */
export function cellOf(membership: MembershipState, wish: Wish): string {
  const state = given(...appOf(9), ...joined('pia', 'PARTNER', 'ADMIN'), ...membership.past).state();
  try {
    const events = wish.decide(state, membership.person);
    return events.length === 0 ? NOTHING_NEW : events.map(({ type }) => type).join(', ');
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}
