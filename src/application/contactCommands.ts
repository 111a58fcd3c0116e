import { DomainError } from '../domain/domainError';
import { assigneeNotActive } from '../domain/contacts/assignContacts';
import type { ContactsCommand } from '../domain/contacts/contactsDecider';
import { parseContactIds } from '../domain/fieldRules';
import { requireAdmin, requireUser } from '../domain/roster/rosterGuards';
import { statusAt, type RosterState, type RosterUser } from '../domain/roster/rosterState';
import { requireAppId } from './appCommands';
import type { CommandPorts } from './commandPorts';
import type { CommandRun } from './commandRun';
import type { AssignContactsInput, AssignOutcome, ContactsOutcome, ReassignContactsInput, ReassignOutcome, UnassignContactsInput } from './commandTypes';
import { movedBy } from './contactsHandler';
import { isNotActive } from './departures';
import type { Moved } from './reassignments';

/** The active member whose user id this is. @throws DomainError `USER_NOT_FOUND` or `ASSIGNEE_NOT_ACTIVE` */
export function requireAssignee(state: RosterState, userId: string, field: string, now: string): RosterUser {
  const user = requireUser(state, userId, field);
  if (statusAt(state, user, now) !== 'ACTIVE') throw assigneeNotActive(field);
  return user;
}

/** The commands on who is assigned which contact. Each asks the roster anew whenever it decides anew. */
export class ContactCommands {
  constructor(private readonly ports: CommandPorts) {}

  /** Gives contacts to a member, from whoever has them. */
  async assign({ appId, userId, contactIds: raw }: AssignContactsInput, run: CommandRun): Promise<AssignOutcome> {
    const contactIds = parseContactIds(raw);
    const moved = await this.#toMember(appId, userId, () =>
      this.#change(appId, contactIds, [userId], run, (roster, now) => {
        const { epoch } = requireAssignee(roster, userId, 'userId', now);
        return { type: 'AssignContacts', userId, epoch, contactIds };
      }),
    );
    return { appId, userId, ...moved };
  }

  /** Takes contacts from whoever has them. */
  async unassign({ appId, contactIds: raw }: UnassignContactsInput, run: CommandRun): Promise<ContactsOutcome> {
    const contactIds = parseContactIds(raw);
    return { appId, ...(await this.#change(appId, contactIds, [], run, () => ({ type: 'UnassignContacts', contactIds }))) };
  }

  /** Gives some or all contacts of one user to a member. */
  async reassign({ appId, fromUserId, toUserId, contactIds: raw }: ReassignContactsInput, run: CommandRun): Promise<ReassignOutcome> {
    const contactIds = raw ? parseContactIds(raw) : null;
    const check = (roster: RosterState, now: string): RosterUser => {
      requireUser(roster, fromUserId, 'fromUserId');
      if (fromUserId === toUserId) throw new DomainError('INVALID_INPUT', 'fromUserId and toUserId are the same user. Name another one to take the contacts.', { field: 'toUserId' });
      return requireAssignee(roster, toUserId, 'toUserId', now);
    };
    const moved = await this.#toMember(appId, toUserId, () =>
      contactIds === null
        ? this.#moveAll(appId, fromUserId, check, run)
        : this.#change(appId, contactIds, [fromUserId, toUserId], run, (roster, now) => {
            const { userId, epoch } = check(roster, now);
            return { type: 'ReassignContacts', fromUserId, userId, epoch, contactIds };
          }),
    );
    return { appId, fromUserId, toUserId, ...moved };
  }

  /** A member whose departure is under way may stay yet: it is finished first, and then it is decided anew. */
  async #toMember(appId: string, userId: string, give: () => Promise<Moved>): Promise<Moved> {
    for (;;) {
      try {
        return await give();
      } catch (error) {
        const user = isNotActive(error) ? (await this.ports.rosters.load(appId)).users.get(userId) : undefined;
        if (user?.status !== 'ACTIVE') throw error;
        await this.ports.departures.finishUnderWay(appId, user);
      }
    }
  }

  async #moveAll(appId: string, fromUserId: string, check: (roster: RosterState, now: string) => RosterUser, run: CommandRun): Promise<Moved> {
    const roster = await this.#adminsRoster(appId, run);
    const { userId, epoch } = check(roster, this.ports.rosters.contextOf(roster, run).now);
    const moved = await this.ports.reassignments.moveAll({ appId, fromUserId, to: { userId, epoch }, reassignmentId: run.commandId, removal: null }, run);
    return { ...moved, position: moved.position || roster.registeredPosition };
  }

  /** One append: the contacts are read first and the roster last, so that the roster is as fresh as can be at the append. */
  async #change(appId: string, contactIds: readonly string[], userIds: readonly string[], run: CommandRun, commandOn: (roster: RosterState, now: string) => ContactsCommand): Promise<Moved> {
    requireAppId(appId);
    return this.ports.contacts.inTurn(appId, async () => {
      const state = await this.ports.contacts.load(appId, { contactIds, userIds });
      const before = await this.ports.contacts.writtenBefore(appId, state, run);
      if (before) return before;
      const roster = await this.#adminsRoster(appId, run);
      const command = commandOn(roster, this.ports.rosters.contextOf(roster, run).now);
      const { events, position } = await this.ports.contacts.decide(appId, [command], state, run);
      return { changed: movedBy(events), position: position || roster.registeredPosition };
    });
  }

  async #adminsRoster(appId: string, run: CommandRun): Promise<RosterState> {
    requireAppId(appId);
    const roster = await this.ports.rosters.load(appId);
    requireAdmin(roster, run.caller.actor);
    return roster;
  }
}
