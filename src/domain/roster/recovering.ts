import { DomainError } from '../domainError';
import type { RosterEvent } from '../events';
import { parsePersonName, parseReason } from '../fields';
import { parseKeapId } from '../keapId';
import { appNotFound, type DecisionContext, isAdminUser, requireLicence, requireOperator, requireUser } from './guards';
import { activeAdminIds, isOpen, latestInvitation, type RosterState, type RosterUser, statusAt, usersKnownBy } from './state';

export interface AppointAdmin {
  readonly type: 'AppointAdmin';
  readonly keapId: string;
  readonly name: string | null;
  readonly reason: string;
  /** The person who holds the address; null when nobody is known to. */
  readonly boundPersonId: string | null;
  readonly newUserId: string;
}

/**
 * Appoints an admin of kind USER, who is active at once and belongs to the first sign-in with the address. A standard user is
 * promoted and keeps their sign-in. Anybody else joins and takes a licence, also somebody who was here before; an open invitation of
 * theirs ends as revoked, and frees the licence that it reserved. For operators.
 */
export function appointAdmin(command: AppointAdmin, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireOperator(context.actor);
  const keapId = parseKeapId(command.keapId);
  const name = parsePersonName(command.name);
  const reason = parseReason(command.reason);
  if (!state.registered) throw appNotFound(state.appId);
  const known = findAppointee(state, keapId.normalized, command.boundPersonId);
  const person = { keapId: keapId.display, name: name ?? known?.name ?? null };
  if (known?.status === 'ACTIVE') {
    refuseStandingMember(known);
    const { userId, epoch } = known;
    return [{ type: 'AdminAppointed', data: { userId, epoch, wasMember: true, fromPersonId: null, revokedInvitationId: null, reason, informedUserIds: activeAdminIds(state, userId), person } }];
  }
  const invitation = known && latestInvitation(state, known);
  const open = invitation && isOpen(invitation, context.now) ? invitation : undefined;
  if (open?.kind !== 'USER') requireLicence(state, context.now);
  const userId = known?.userId ?? command.newUserId;
  const events: RosterEvent[] = [];
  if (invitation?.status === 'OPEN' && !invitation.expiryRecorded && !open) events.push({ type: 'InvitationExpired', data: { userId: invitation.userId, invitationId: invitation.invitationId } });
  events.push({
    type: 'AdminAppointed',
    data: {
      userId, epoch: (known?.epoch ?? 0) + 1, wasMember: false, fromPersonId: known?.personId ?? null, revokedInvitationId: open?.invitationId ?? null,
      reason, informedUserIds: activeAdminIds(state, userId), person,
    },
  });
  return events;
}

function refuseStandingMember(known: RosterUser): void {
  if (known.kind === 'PARTNER') {
    throw new DomainError('ALREADY_MEMBER', `${known.keapId} is an active partner of this app, and partners do not become users. Appoint somebody else, or this person after they have left.`, { field: 'keapId' });
  }
  if (isAdminUser(known)) {
    throw new DomainError('ALREADY_MEMBER', `${known.keapId} is an active admin of this app already. If their sign-in was lost or issued anew, use rebindUser.`, { field: 'keapId' });
  }
}

/**
 * Finds the user to appoint: the active one with this address, or else the former user of the person who holds it, or else whoever was in
 * the app or invited under it. Nobody is found, nor promoted, by an address that belongs to somebody else now: neither a member who is
 * shown with another address, nor a standard user or a former user whose address another sign-in holds.
 */
function findAppointee(state: RosterState, keapIdNormalized: string, boundPersonId: string | null): RosterUser | undefined {
  const shown = usersAt(state, keapIdNormalized);
  const active = shown.find((user) => isActive(user) && !(isStandardUser(user) && isHeldByAnother(user, boundPersonId)));
  const bound = boundPersonId === null ? undefined : state.users.get(state.userIdByPerson.get(boundPersonId) ?? '');
  const former = [bound, ...[...shown].sort((a, b) => (a.statusPosition < b.statusPosition ? 1 : -1))];
  return active ?? former.find((user) => user !== undefined && !isActive(user) && !user.vacated && !isHeldByAnother(user, boundPersonId));
}

const isStandardUser = ({ kind, role }: RosterUser): boolean => kind === 'USER' && role === 'STANDARD';

const isHeldByAnother = ({ personId }: RosterUser, boundPersonId: string | null): boolean => personId !== null && boundPersonId !== null && personId !== boundPersonId;

/** The users that this app shows with this address now. */
const usersAt = (state: RosterState, keapIdNormalized: string): readonly RosterUser[] => usersKnownBy(state, keapIdNormalized).filter((user) => user.keapIdNormalized === keapIdNormalized);

const activeUserWith = (state: RosterState, keapIdNormalized: string): RosterUser | undefined => usersAt(state, keapIdNormalized).find(({ status }) => status === 'ACTIVE');

export interface RebindUser {
  readonly type: 'RebindUser';
  readonly userId: string;
  readonly keapId: string;
  readonly reason: string;
}

/**
 * Takes a member's sign-in away, and gives the membership to the next sign-in with the address. Changes nothing while that sign-in is
 * waited for already. For operators.
 */
export function rebindUser(command: RebindUser, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireOperator(context.actor);
  const keapId = parseKeapId(command.keapId);
  const reason = parseReason(command.reason);
  if (!state.registered) throw appNotFound(state.appId);
  const user = requireUser(state, command.userId);
  const status = statusAt(state, user, context.now);
  if (status === 'INVITED') {
    throw new DomainError('NOT_ACCEPTED_YET', `${user.keapId} has not accepted the invitation yet, so no sign-in belongs to them. An admin may revoke it and invite another Keap ID, or use appointAdmin.`, { field: 'userId' });
  }
  if (status !== 'ACTIVE') throw new DomainError('NOT_A_MEMBER', `${user.keapId} is not in this app. An admin may invite them again, or use appointAdmin.`, { field: 'userId' });
  const other = activeUserWith(state, keapId.normalized);
  if (other && other !== user) {
    throw new DomainError('ALREADY_MEMBER', `${keapId.display} is the Keap ID of another member of this app. Give the one of the person whose sign-in was lost.`, { field: 'keapId' });
  }
  if (user.personId === null && user.keapIdNormalized === keapId.normalized) return [];
  const { userId, personId, name } = user;
  return [{ type: 'UserRebound', data: { userId, fromPersonId: personId, toPersonId: null, reason, informedUserIds: activeAdminIds(state), person: { keapId: keapId.display, name } } }];
}

export interface RebindSignIns {
  readonly type: 'RebindSignIns';
  /** New sign-ins, by the ones that they replace. */
  readonly signIns: ReadonlyMap<string, string>;
  readonly reason: string;
}

/**
 * Gives the users of several sign-ins to new ones, as after a change of the sign-in provider. Users who have left keep their place as
 * well. The active admins are told once, of the first user who is active; that event's reason says how many others there are. A user
 * stays as they are when their new sign-in is another user, unless they are active and the other one is not. For operators.
 */
export function rebindSignIns(command: RebindSignIns, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireOperator(context.actor);
  const reason = parseReason(command.reason);
  if (!state.registered) throw appNotFound(state.appId);
  const moving = usersOf(command, state).filter(({ user, holder }) => holder === undefined || (isActive(user) && !isActive(holder)));
  const active = moving.filter(({ user }) => isActive(user));
  const told = active.length > 1 ? `${reason} (and ${active.length - 1} more of this app)` : reason;
  return moving.map(({ user: { userId, personId, keapId, name }, to }) => {
    const isFirst = active[0]?.user.userId === userId;
    const informedUserIds = isFirst ? activeAdminIds(state) : [];
    return { type: 'UserRebound', data: { userId, fromPersonId: personId, toPersonId: to, reason: isFirst ? told : reason, informedUserIds, person: { keapId, name } } };
  });
}

/** Finds the sign-ins that cannot be replaced, because the new one is another active user of the app. */
export const rebindingConflicts = (command: RebindSignIns, state: RosterState): readonly string[] =>
  usersOf(command, state).filter(({ user, holder }) => isActive(user) && isActive(holder)).map(({ from }) => from);

interface MovingUser {
  readonly from: string;
  readonly to: string;
  readonly user: RosterUser;
  /** The user that the new sign-in is already. */
  readonly holder: RosterUser | undefined;
}

function usersOf({ signIns }: RebindSignIns, state: RosterState): readonly MovingUser[] {
  const userOf = (personId: string): RosterUser | undefined => state.users.get(state.userIdByPerson.get(personId) ?? '');
  return [...signIns].flatMap(([from, to]) => {
    const user = userOf(from);
    return user === undefined ? [] : [{ from, to, user, holder: userOf(to) }];
  });
}

const isActive = (user: RosterUser | undefined): boolean => user?.status === 'ACTIVE';
