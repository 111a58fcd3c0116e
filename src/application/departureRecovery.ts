import { DomainError } from '../domain/domainError';
import type { AssignedContactsQueries } from '../projections/assignedContactsQueries';
import type { OpenReassignmentRow } from '../projections/assignedContactsRows';
import { addMilliseconds, type Clock } from './clock';
import { runInNameOf } from './commandRun';
import type { Departures } from './departures';
import type { Reassignments } from './reassignments';

/** What a running command leaves open takes milliseconds; what is older than this was left behind by a crash. */
const GRACE_MS = 5_000;
const AT_ONCE = 100;

/**
 * Finishes what a crash left half done: reassignments of many contacts, removals in the middle of one, and departures
 * whose closing stands alone. It acts on the word of who asked for them, with ids derived from theirs, so that several
 * replicas may do it at the same time.
 */
export class DepartureRecovery {
  constructor(
    private readonly assignedContacts: AssignedContactsQueries,
    private readonly departures: Departures,
    private readonly reassignments: Reassignments,
    private readonly clock: Clock,
  ) {}

  /**
   * @param graceMs how old something must be; 0 at start, when nothing of this process is under way.
   * @returns how many were finished; those that a rule forbids now are given up and count too.
   */
  async finish(graceMs = GRACE_MS): Promise<number> {
    const before = addMilliseconds(this.clock.now(), -graceMs);
    const unfinished = this.assignedContacts.openReassignments(AT_ONCE).filter(({ startedAt }) => startedAt <= before);
    for (const row of unfinished) await this.#reassign(row);
    const closed = this.assignedContacts.openClosures(AT_ONCE).filter(({ closedAt }) => closedAt <= before);
    for (const row of closed) await orRefused(() => this.departures.finish(row, runInNameOf(row, row.leaveId)));
    return unfinished.length + closed.length;
  }

  async #reassign(row: OpenReassignmentRow): Promise<void> {
    const { appId, fromUserId, userId, epoch, reassignmentId, removal } = row;
    const reassignment = { appId, fromUserId, to: { userId, epoch }, reassignmentId, removal };
    const run = runInNameOf(row, reassignmentId);
    const moved = await orRefused(() => this.reassignments.moveAll(reassignment, run));
    if (!moved) return this.reassignments.giveUp(reassignment, run);
    if (removal) await orRefused(() => this.departures.finish({ appId, userId: fromUserId, ...removal, reason: 'REMOVAL' }, runInNameOf(row, removal.leaveId)));
  }
}

/** Whether it was done; false when a rule says no. */
async function orRefused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}
