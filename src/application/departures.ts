import type { ContactsCommand } from '../domain/contacts/decide';
import { type ContactsHandler, movedBy } from './handling/contacts';
import { type CommandRun, derivedId, runInNameOf, stepOf } from './handling/append';
import { ProjectionBehind } from './errors';
import type { ContactsState } from '../domain/contacts/state';
import { DomainError } from '../domain/domainError';
import type { ClosingReason, PlannedRemoval } from '../domain/events';
import type { RosterCommand } from '../domain/roster/decide';
import type { RosterHandler } from './handling/roster';
import type { AssignedContactsQueries, OpenReassignmentRow } from '../projections/assignedContacts/queries';
import { addMilliseconds, type Clock } from './commandTypes';

/** The user who takes over contacts. `epoch` identifies their current membership. */
export interface Successor {
  readonly userId: string;
  readonly epoch: number;
}

/** A move of all contacts of one user to another. */
export interface Reassignment {
  readonly appId: string;
  readonly fromUserId: string;
  readonly to: Successor;
  readonly reassignmentId: string;
  /** The removal of `fromUserId` that follows the move; null when they stay. */
  readonly removal: PlannedRemoval | null;
}

export interface Moved {
  readonly changed: number;
  readonly position: string;
}

/** Contacts moved by one append. More are moved by several appends. */
const CONTACTS_PER_APPEND = 1000;

/**
 * Moves all contacts of a user, 1,000 per append. After each append every contact has exactly one assignee. When one append is
 * not enough, `ReassignmentStarted` is recorded first, so that recovery can continue after a crash. The last append of a removal
 * also closes the removed user as an assignee.
 */
export class Reassignments {
  /** @param readModelsCaughtUp waits until the read models contain what is in the log now; resolves to false when that takes too long. */
  constructor(
    private readonly contacts: ContactsHandler,
    private readonly readModelsCaughtUp: () => Promise<boolean>,
  ) {}

  /**
   * Moves all contacts of the user.
   * @throws DomainError `ASSIGNEE_NOT_ACTIVE` when the successor has left meanwhile. Contacts already moved stay moved.
   * @throws ProjectionBehind when the read model lags too far to list the remaining contacts.
   */
  async moveAll(reassignment: Reassignment, run: CommandRun): Promise<Moved> {
    let changed = 0;
    for (let first = true; ; first = false) {
      const round = await this.contacts.inTurn(reassignment.appId, () => this.#moveSome(reassignment, run, first));
      changed += round.changed;
      if (round.done) return (await this.#movedByAll(reassignment, run)) ?? { changed, position: round.position };
    }
  }

  /** Counts the contacts moved by all runs of the same command; null without an idempotency key. */
  async #movedByAll({ appId }: Reassignment, run: CommandRun): Promise<Moved | null> {
    if (run.begunAt === undefined) return null;
    return this.contacts.writtenBefore(appId, await this.contacts.load(appId, { contactIds: [], userIds: [] }), run);
  }

  /** Ends a reassignment that cannot be completed. */
  async giveUp({ appId, fromUserId, reassignmentId }: Reassignment, run: CommandRun): Promise<void> {
    await this.contacts.inTurn(appId, async () => {
      const state = await this.contacts.load(appId, { contactIds: [], userIds: [fromUserId] });
      await this.contacts.decide(appId, [{ type: 'FinishReassignment', reassignmentId, complete: false }], state, atRevision(run, state.revision));
    });
  }

  async #moveSome(reassignment: Reassignment, run: CommandRun, first: boolean): Promise<Moved & { readonly done: boolean }> {
    const { appId, fromUserId, to, reassignmentId, removal } = reassignment;
    const { state, contactIds, left } = await this.#remaining(reassignment);
    const before = first ? await this.contacts.writtenBefore(appId, state, run) : null;
    if (before && !state.reassignments.has(reassignmentId)) return { ...before, done: true };
    const commands: ContactsCommand[] = [];
    if (left > 0) commands.push({ type: 'StartReassignment', reassignmentId, fromUserId, ...to, removal });
    if (contactIds.length > 0) commands.push({ type: 'ReassignContacts', fromUserId, ...to, contactIds });
    if (left === 0) commands.push({ type: 'FinishReassignment', reassignmentId, complete: true });
    if (left === 0 && removal !== null) commands.push({ type: 'CloseAssignee', ...removalOf(fromUserId, removal) });
    const { events, position } = await this.contacts.decide(appId, commands, state, atRevision(run, state.revision));
    return { changed: movedBy(events), position, done: left === 0 };
  }

  /** Loads the contacts that the next append moves, and how many are left after it. The ids come from the read models, which may not have seen the append before. */
  async #remaining({ appId, fromUserId, to }: Pick<Reassignment, 'appId' | 'fromUserId' | 'to'>, mayWait = true): Promise<{ readonly state: ContactsState; readonly contactIds: readonly string[]; readonly left: number }> {
    const state = await this.contacts.load(appId, { contactIds: [], userIds: [fromUserId, to.userId], sampleUserId: fromUserId, sampleSize: CONTACTS_PER_APPEND });
    const contactIds = [...(state.sample?.contactIds ?? [])].slice(0, CONTACTS_PER_APPEND);
    const left = (state.counts.get(fromUserId) ?? 0) - contactIds.length;
    if (left === 0 || contactIds.length > 0) return { state, contactIds, left };
    if (mayWait && (await this.readModelsCaughtUp())) return this.#remaining({ appId, fromUserId, to }, false);
    throw new ProjectionBehind(`The contacts of ${appId} are not up to date yet. Try again in a moment.`);
  }
}

/** A step whose event ids derive from the revision that it appends at, so that two rounds never share ids. */
const atRevision = (run: CommandRun, revision: number): CommandRun => ({
  ...run,
  commandId: derivedId(run.commandId, `contacts ${revision + 1}`),
  causationId: run.commandId,
});

/** The end of one membership of a user in an app. */
export interface Departure {
  readonly appId: string;
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
  readonly reason: ClosingReason;
  /** Why the user is removed; null where no reason was given, and for who leaves. */
  readonly removalReason: string | null;
}

/** The removal that was planned for a user, as their departure. */
const removalOf = (userId: string, { epoch, leaveId, reason }: PlannedRemoval): Omit<Departure, 'appId'> => ({ userId, epoch, leaveId, reason: 'REMOVAL', removalReason: reason });

/**
 * Leaving and removal write to two streams. `AssigneeClosed` is appended first, to the contacts stream, at the revision that
 * was checked: an assignment before it makes the append fail, and after it nobody can assign contacts to the user. The departure
 * event follows on the roster. When a rule forbids the departure by then, `AssigneeReopened` is appended instead. After a crash,
 * another process finishes a closing with the same event ids.
 */
export class Departures {
  constructor(
    private readonly rosters: RosterHandler,
    private readonly contacts: ContactsHandler,
    private readonly reassignments: Reassignments,
  ) {}

  /**
   * Closes the assignee and ends the membership. With a successor, the contacts are moved first, the last of them in the same
   * append as the closing.
   * @returns the position of the departure; null when another departure of this user or of the successor was unfinished. That one
   * is finished now, and the caller must decide again.
   * @throws DomainError `HAS_ASSIGNED_CONTACTS`, or the roster's refusal.
   */
  async depart(departure: Departure, run: CommandRun, successor: Successor | null = null): Promise<string | null> {
    const { appId, userId, epoch, leaveId, removalReason } = departure;
    if (successor !== null) {
      try {
        await this.reassignments.moveAll({ appId, fromUserId: userId, to: successor, reassignmentId: leaveId, removal: { epoch, leaveId, reason: removalReason } }, run);
      } catch (error) {
        if (!isNotActive(error)) throw error;
        await this.finishUnderWay(appId, successor);
        return null;
      }
    }
    const standing = await this.#close(departure, run);
    if (standing.leaveId !== leaveId) {
      await this.finishUnderWay(appId, departure);
      return null;
    }
    return this.finish(departure, run);
  }

  /** Finishes an unfinished departure from this membership, if there is one, so that the roster shows its result. */
  async finishUnderWay(appId: string, { userId, epoch }: Pick<Departure, 'userId' | 'epoch'>): Promise<void> {
    const state = await this.contacts.load(appId, { contactIds: [], userIds: [userId] });
    const closing = state.closures.get(userId);
    if (closing?.epoch !== epoch) return;
    const { leaveId, reason, removalReason } = closing;
    const run = runInNameOf(await this.contacts.closingOf(appId, state, leaveId), leaveId);
    try {
      await this.finish({ appId, userId, epoch, leaveId, reason, removalReason }, run);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }

  /**
   * Appends the departure, or the reopening when the roster forbids the departure. A repeated call changes nothing.
   * @param run the run of the command that appended the closing; event ids derive from it.
   * @throws DomainError the roster's refusal, after the reopening.
   */
  async finish(departure: Departure, run: CommandRun): Promise<string> {
    const { appId, userId, epoch, leaveId, reason, removalReason } = departure;
    try {
      const membership = { userId, epoch, leaveId };
      const command: RosterCommand = reason === 'LEAVE' ? { type: 'LeaveApp', ...membership } : { type: 'RemoveUser', ...membership, reason: removalReason };
      const result = await this.rosters.handle(appId, command, stepOf(run, 'departure'));
      return result.position ?? result.state.departures.get(leaveId) ?? '';
    } catch (error) {
      if (error instanceof DomainError) await this.#reopen(departure, run);
      throw error;
    }
  }

  /** Closes the assignee. Returns the closing in force, which may belong to an earlier, unfinished departure. */
  async #close({ appId, userId, epoch, leaveId, reason, removalReason }: Departure, run: CommandRun): Promise<Pick<Departure, 'leaveId'>> {
    return this.contacts.inTurn(appId, async () => {
      const state = await this.contacts.load(appId, { contactIds: [], userIds: [userId], sampleUserId: userId, sampleSize: 100 });
      const standing = state.closures.get(userId);
      if (standing?.epoch === epoch) return standing;
      await this.contacts.decide(appId, [{ type: 'CloseAssignee', userId, epoch, leaveId, reason, removalReason }], state, stepOf(run, 'closing'));
      return { leaveId };
    });
  }

  async #reopen({ appId, userId, epoch, leaveId }: Departure, run: CommandRun): Promise<void> {
    await this.contacts.inTurn(appId, async () => {
      const state = await this.contacts.load(appId, { contactIds: [], userIds: [userId] });
      await this.contacts.decide(appId, [{ type: 'ReopenAssignee', userId, epoch, leaveId }], state, stepOf(run, 'reopening'));
    });
  }
}

/** Whether the error says that the receiving member is not active. */
export const isNotActive = (error: unknown): boolean => error instanceof DomainError && error.code === 'ASSIGNEE_NOT_ACTIVE';

/** A running command takes milliseconds. Unfinished work older than this was left by a crash and is finished here. */
const GRACE_MS = 5_000;
/** How far the clock of another replica may be ahead. Work with a later time was begun while the clock was wrong. */
const CLOCK_SKEW_MS = 60_000;
/** Rows handled by one call of `finish`; the next call handles the rest. */
const MAX_ROWS = 100;

/**
 * Finishes work that a crash interrupted: reassignments, removals, and departures that have a closing only. It acts in the name
 * of the original caller, and event ids derive from the original command, so that several replicas may run it at once.
 */
export class DepartureRecovery {
  constructor(
    private readonly assignedContacts: AssignedContactsQueries,
    private readonly departures: Departures,
    private readonly reassignments: Reassignments,
    private readonly clock: Clock,
  ) {}

  /**
   * Finishes interrupted work that is older than `graceMs`, or that was begun while the clock was ahead.
   * @param graceMs minimum age in milliseconds; 0 at start, when no command of this process is running.
   * @returns the number of items handled. Items that a rule forbids by now are given up and counted, too.
   */
  async finish(graceMs = GRACE_MS): Promise<number> {
    const now = this.clock.now();
    const [before, after] = [addMilliseconds(now, -graceMs), addMilliseconds(now, CLOCK_SKEW_MS)];
    const isDue = (at: string): boolean => at <= before || at > after;
    const unfinished = this.assignedContacts.openReassignments(MAX_ROWS).filter(({ startedAt }) => isDue(startedAt));
    for (const row of unfinished) await this.#reassign(row);
    const closed = this.assignedContacts.openClosures(MAX_ROWS).filter(({ closedAt }) => isDue(closedAt));
    for (const row of closed) await orRefused(() => this.departures.finish(row, runInNameOf(row, row.leaveId)));
    return unfinished.length + closed.length;
  }

  async #reassign(row: OpenReassignmentRow): Promise<void> {
    const { appId, fromUserId, userId, epoch, reassignmentId, removal } = row;
    const reassignment = { appId, fromUserId, to: { userId, epoch }, reassignmentId, removal };
    const run = runInNameOf(row, reassignmentId);
    const moved = await orRefused(() => this.reassignments.moveAll(reassignment, run));
    if (!moved) return this.reassignments.giveUp(reassignment, run);
    if (removal) await orRefused(() => this.departures.finish({ appId, ...removalOf(fromUserId, removal) }, runInNameOf(row, removal.leaveId)));
  }
}

/** Runs the work. Returns false when a rule refused it. */
async function orRefused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}
