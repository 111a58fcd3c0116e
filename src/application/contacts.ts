import { DomainError } from '../domain/domainError';
import { type AssignContacts, assigneeNotActive, type ContactsCommand, type UnassignContacts } from '../domain/contacts/decide';
import { parseContactIds, parseKnownContactIds } from '../domain/fields';
import { requireAdmin, requireUser } from '../domain/roster/guards';
import { type RosterState, type RosterUser, statusAt } from '../domain/roster/state';
import { requireAppId } from './apps';
import type { CommandPorts } from './commandPorts';
import type { CommandRun } from './handling/append';
import type { ContactsOutcome, InApp } from './commandTypes';
import { movedBy } from './handling/contacts';
import { isNotActive, type Moved } from './departures';

/**
 * Returns the active member with this user id.
 * @throws DomainError `USER_NOT_FOUND` or `ASSIGNEE_NOT_ACTIVE`
 */
export function requireAssignee(state: RosterState, userId: string, field: string, now: string): RosterUser {
  const user = requireUser(state, userId, field);
  if (statusAt(state, user, now) !== 'ACTIVE') throw assigneeNotActive(field);
  return user;
}

/** Assigns contacts to a member. Contacts of other members are reassigned. */
export async function assignContacts(ports: CommandPorts, { appId, userId, contactIds: raw }: InApp<Omit<AssignContacts, 'epoch'>>, run: CommandRun): Promise<ContactsOutcome & { readonly userId: string }> {
  const contactIds = parseContactIds(raw);
  const moved = await toMember(ports, appId, userId, () =>
    change(ports, appId, contactIds, [userId], run, (roster, now) => {
      const { epoch } = requireAssignee(roster, userId, 'userId', now);
      return { type: 'AssignContacts', userId, epoch, contactIds };
    }),
  );
  return { appId, userId, ...moved };
}

/** Removes the assignees of contacts. */
export async function unassignContacts(ports: CommandPorts, { appId, contactIds: raw }: InApp<UnassignContacts>, run: CommandRun): Promise<ContactsOutcome> {
  const contactIds = parseKnownContactIds(raw);
  return { appId, ...(await change(ports, appId, contactIds, [], run, () => ({ type: 'UnassignContacts', contactIds }))) };
}

/** The users between whom contacts move. */
interface Handover {
  readonly fromUserId: string;
  readonly toUserId: string;
}

/** Assigns some or all contacts of one user to another member. */
export async function reassignContacts(ports: CommandPorts, { appId, fromUserId, toUserId, contactIds: raw }: InApp<Handover> & { readonly contactIds?: readonly string[] | null }, run: CommandRun): Promise<ContactsOutcome & Handover> {
  const contactIds = raw ? parseKnownContactIds(raw) : null;
  const check = (roster: RosterState, now: string): RosterUser => {
    requireUser(roster, fromUserId, 'fromUserId');
    if (fromUserId === toUserId) throw new DomainError('INVALID_INPUT', 'fromUserId and toUserId are the same user. Name another one to take the contacts.', { field: 'toUserId' });
    return requireAssignee(roster, toUserId, 'toUserId', now);
  };
  const moved = await toMember(ports, appId, toUserId, () =>
    contactIds === null
      ? moveAll(ports, appId, fromUserId, check, run)
      : change(ports, appId, contactIds, [fromUserId, toUserId], run, (roster, now) => {
          const { userId, epoch } = check(roster, now);
          return { type: 'ReassignContacts', fromUserId, userId, epoch, contactIds };
        }),
  );
  return { appId, fromUserId, toUserId, ...moved };
}

/** Runs `give`. When the receiving member is just departing, finishes the departure and tries again, since the departure may be refused. */
async function toMember({ rosters, departures }: CommandPorts, appId: string, userId: string, give: () => Promise<Moved>): Promise<Moved> {
  for (;;) {
    try {
      return await give();
    } catch (error) {
      const user = isNotActive(error) ? (await rosters.load(appId)).users.get(userId) : undefined;
      if (user?.status !== 'ACTIVE') throw error;
      await departures.finishUnderWay(appId, user);
    }
  }
}

async function moveAll(ports: CommandPorts, appId: string, fromUserId: string, check: (roster: RosterState, now: string) => RosterUser, run: CommandRun): Promise<Moved> {
  const roster = await rosterOfAdmin(ports, appId, run);
  const { userId, epoch } = check(roster, ports.rosters.contextOf(run).now);
  const moved = await ports.reassignments.moveAll({ appId, fromUserId, to: { userId, epoch }, reassignmentId: run.commandId, removal: null }, run);
  return { ...moved, position: moved.position || roster.registeredPosition };
}

/** Decides and appends once. Reads the roster after the contacts, so that it is as current as possible at the append. */
async function change(ports: CommandPorts, appId: string, contactIds: readonly string[], userIds: readonly string[], run: CommandRun, commandOn: (roster: RosterState, now: string) => ContactsCommand): Promise<Moved> {
  const { contacts, rosters } = ports;
  requireAppId(appId);
  return contacts.inTurn(appId, async () => {
    const state = await contacts.load(appId, { contactIds, userIds });
    const before = await contacts.writtenBefore(appId, state, run);
    if (before) return before;
    const roster = await rosterOfAdmin(ports, appId, run);
    const command = commandOn(roster, rosters.contextOf(run).now);
    const { events, position } = await contacts.decide(appId, [command], state, run);
    return { changed: movedBy(events), position: position || roster.registeredPosition };
  });
}

async function rosterOfAdmin({ rosters }: CommandPorts, appId: string, run: CommandRun): Promise<RosterState> {
  requireAppId(appId);
  const roster = await rosters.load(appId);
  requireAdmin(roster, run.caller.actor);
  return roster;
}
