import type { Actor, RosterEvent, UserRole } from '../../src/domain/events';
import { DomainError } from '../../src/domain/domainError';
import { requireLeavable, requireRemovable } from '../../src/domain/leaving';
import { rosterDecider, type RosterCommand } from '../../src/domain/roster/decide';
import type { DecisionContext } from '../../src/domain/roster/guards';
import type { RosterState } from '../../src/domain/roster/state';
import { given } from './given';
import { NOW } from './moments';
import { ann, APP_ID, invitationIdOf, olga, operator, pia, userIdOf } from './people';
import { accept, appoint, changeRole, decline, inviteUser, invitePartner, leave, rebind, remove, resend, revoke } from './rosterCommands';
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
  aboutAnn('none', 'has no relation to the app', []),
  aboutAnn('invited (user)', 'an open invitation as a user', [userInvited('ann')]),
  aboutAnn('invited (partner)', 'an open invitation as a partner', [partnerInvited('ann')]),
  aboutAnn('expired', 'the invitation, as a user, was not answered in time', [userInvited('ann', { expiresAt: NOW })]),
  aboutAnn('expired, recorded', 'the same, and the expiry has been recorded', [userInvited('ann', { expiresAt: NOW }), expired('ann')]),
  aboutAnn('declined', 'the person declined the invitation', [userInvited('ann'), declined('ann')]),
  aboutAnn('revoked', 'an admin revoked the invitation', [userInvited('ann'), revoked('ann')]),
  aboutAnn('active user', 'accepted as a user', joined('ann', 'USER')),
  aboutAnn('invited admin', 'an open invitation as a user with the role ADMIN', [userInvited('ann', { role: 'ADMIN' })]),
  aboutAnn('active admin', 'accepted as a user with the role ADMIN', joined('ann', 'USER', 'ADMIN')),
  aboutAnn('active partner', 'accepted as a partner', joined('ann', 'PARTNER')),
  aboutAnn('left', 'was an active partner and left', [...joined('ann', 'PARTNER'), left('ann')]),
  aboutAnn('removed', 'was an active user and was removed', [...joined('ann', 'USER'), removed('ann')]),
  { name: 'last admin', meaning: 'the app\'s owner, its only active admin of kind user', person: olga, past: [] },
] as const satisfies readonly MembershipState[];

const byAdmin: DecisionContext = { actor: olga, now: NOW };
const byPartnerAdmin: DecisionContext = { actor: pia, now: NOW };
const by = (actor: Actor): DecisionContext => ({ actor, now: NOW });
const nameOf = ({ personId }: Actor): string => personId.slice('person-'.length);
const boundOwner = (state: RosterState, { personId }: Actor): string | null => (state.userIdByPerson.has(personId) ? personId : null);
const decideByAdmin = (command: RosterCommand, state: RosterState): RosterEvent[] => rosterDecider.decide(command, state, byAdmin);
const decideByPartnerAdmin = (command: RosterCommand, state: RosterState): RosterEvent[] => rosterDecider.decide(command, state, byPartnerAdmin);

function removal(state: RosterState, person: Actor, context: DecisionContext): RosterEvent[] {
  const user = requireRemovable(state, userIdOf(nameOf(person)), context);
  return user ? rosterDecider.decide(remove(nameOf(person), user.epoch), state, context) : [];
}
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
  { name: 'resend', meaning: 'an admin sends the person\'s invitation again', decide: (state, person) => decideByAdmin(resend(nameOf(person)), state) },
  { name: 'revoke', meaning: 'an admin revokes the person\'s invitation', decide: (state, person) => decideByAdmin(revoke(nameOf(person)), state) },
  { name: 'accept', meaning: 'the person accepts the invitation, by its newest link', decide: (state, person) => rosterDecider.decide(accept(nameOf(person), answer(state, person)), state, by(person)) },
  { name: 'decline', meaning: 'the person declines the invitation, by its newest link', decide: (state, person) => rosterDecider.decide(decline(nameOf(person), answer(state, person)), state, by(person)) },
  { name: 'change role', meaning: 'an admin changes the person\'s role', decide: (state, person) => decideByAdmin(changeRole(nameOf(person), otherRole(state, person)), state) },
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
    decide: (state, person) => removal(state, person, byAdmin),
  },
  {
    name: 'appoint',
    meaning: 'an operator appoints the person as an admin; a licence is free',
    decide: (state, person) => rosterDecider.decide(appoint(nameOf(person), { boundPersonId: boundOwner(state, person) }), state, by(operator)),
  },
  { name: 'rebind', meaning: 'an operator gives the membership to the next sign-in with the same address', decide: (state, person) => rosterDecider.decide(rebind(nameOf(person)), state, by(operator)) },
  { name: 'resend, by a partner', meaning: 'a partner who is an admin sends the person\'s invitation again', decide: (state, person) => decideByPartnerAdmin(resend(nameOf(person)), state) },
  { name: 'revoke, by a partner', meaning: 'a partner who is an admin revokes the person\'s invitation', decide: (state, person) => decideByPartnerAdmin(revoke(nameOf(person)), state) },
  {
    name: 'change role, by a partner',
    meaning: 'a partner who is an admin changes the person\'s role',
    decide: (state, person) => decideByPartnerAdmin(changeRole(nameOf(person), otherRole(state, person)), state),
  },
  { name: 'remove, by a partner', meaning: 'a partner who is an admin removes the person; no contact is assigned to them', decide: (state, person) => removal(state, person, byPartnerAdmin) },
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
