import { DomainError } from '../domain/domainError';
import type { ClosingReason } from '../domain/events';
import type { ContactsHandler } from './contactsHandler';
import { stepOf, type CommandRun } from './commandRun';
import { untilNoConflict } from './optimisticLoop';
import type { RosterHandler } from './rosterHandler';

/** One user's way out of one app: which join ends, and under which id. */
export interface Departure {
  readonly appId: string;
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
  readonly reason: ClosingReason;
}

/**
 * Leaving and removal are decided on two streams. The closing, appended to the contacts stream at the revision that was
 * checked, is the moment of truth: before it any assignment makes it fail, after it none can be made. The departure,
 * appended to the roster, follows, or, where a rule now forbids it, the reopening. Whoever finds a closing without
 * either finishes it with the same event ids.
 */
export class Departures {
  constructor(
    private readonly rosters: RosterHandler,
    private readonly contacts: ContactsHandler,
    private readonly afterClosing: () => Promise<void> = () => Promise.resolve(),
  ) {}

  /**
   * Closes the assignee and ends the membership. `proceed` is asked again after each lost race whether the user may
   * still go.
   * @throws DomainError `HAS_ASSIGNED_CONTACTS`, or what the roster says against it.
   */
  async depart(departure: Departure, run: CommandRun): Promise<string> {
    const leaveId = await this.#close(departure, run);
    await this.afterClosing();
    return this.finish({ ...departure, leaveId }, leaveId === run.commandId ? run : { ...run, commandId: leaveId });
  }

  /**
   * The second half: appends the departure, or the reopening where the roster forbids it. Doing it again is harmless.
   * @param run of the command that closed: the ids derive from it.
   * @throws DomainError what the roster says against it, after the reopening.
   */
  async finish(departure: Departure, run: CommandRun): Promise<string> {
    const { appId, userId, epoch, leaveId, reason } = departure;
    try {
      const type = reason === 'LEAVE' ? 'LeaveApp' : 'RemoveUser';
      const result = await this.rosters.handle(appId, { type, userId, epoch, leaveId }, stepOf(run, 'departure'));
      return result.position ?? result.state.users.get(userId)?.statusPosition ?? '';
    } catch (error) {
      if (error instanceof DomainError) await this.#reopen(departure, run);
      throw error;
    }
  }

  /** The id of the closing that stands: this one's, or an earlier one's that was left half done. */
  async #close({ appId, userId, epoch, leaveId, reason }: Departure, run: CommandRun): Promise<string> {
    return untilNoConflict(async () => {
      const state = await this.contacts.load(appId, { contactIds: [], userIds: [userId], sampleUserId: userId, sampleSize: 100 });
      const result = await this.contacts.decide(appId, { type: 'CloseAssignee', userId, epoch, leaveId, reason }, state, stepOf(run, 'closing'));
      return result.events.length > 0 ? leaveId : (state.closures.get(userId)?.leaveId ?? leaveId);
    });
  }

  async #reopen({ appId, userId, epoch, leaveId }: Departure, run: CommandRun): Promise<void> {
    await untilNoConflict(async () => {
      const state = await this.contacts.load(appId, { contactIds: [], userIds: [userId] });
      await this.contacts.decide(appId, { type: 'ReopenAssignee', userId, epoch, leaveId }, state, stepOf(run, 'reopening'));
    });
  }
}
