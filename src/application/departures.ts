import { DomainError } from '../domain/domainError';
import type { ClosingReason } from '../domain/events';
import { runInNameOf, stepOf, type CommandRun } from './commandRun';
import type { ContactsHandler } from './contactsHandler';
import type { Reassignments, Successor } from './reassignments';
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
    private readonly reassignments: Reassignments,
    private readonly afterClosing: () => Promise<void> = () => Promise.resolve(),
  ) {}

  /**
   * Closes the assignee and ends the membership. With a successor, the contacts go over first, the last of them in the
   * same append as the closing.
   * @returns the position of the departure; null when another departure, of this person or of the successor, was under
   * way: it is finished now, and this one has to be decided anew.
   * @throws DomainError `HAS_ASSIGNED_CONTACTS`, or what the roster says against it.
   */
  async depart(departure: Departure, run: CommandRun, successor: Successor | null = null): Promise<string | null> {
    const { appId, userId, epoch, leaveId } = departure;
    if (successor !== null) {
      try {
        await this.reassignments.moveAll({ appId, fromUserId: userId, to: successor, reassignmentId: leaveId, removal: { epoch, leaveId } }, run);
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
    await this.afterClosing();
    return this.finish(departure, run);
  }

  /** Finishes the departure from that join which somebody else has begun, if there is one, so that the roster says how it ended. */
  async finishUnderWay(appId: string, { userId, epoch }: Pick<Departure, 'userId' | 'epoch'>): Promise<void> {
    const state = await this.contacts.load(appId, { contactIds: [], userIds: [userId] });
    const closing = state.closures.get(userId);
    if (closing?.epoch !== epoch) return;
    const { leaveId, reason } = closing;
    const run = runInNameOf(await this.contacts.closingOf(appId, state, leaveId), leaveId);
    try {
      await this.finish({ appId, userId, epoch, leaveId, reason }, run);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
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
      return result.position ?? result.state.departures.get(leaveId) ?? '';
    } catch (error) {
      if (error instanceof DomainError) await this.#reopen(departure, run);
      throw error;
    }
  }

  /** The closing that stands: this one's, or an earlier one's that was left half done. */
  async #close({ appId, userId, epoch, leaveId, reason }: Departure, run: CommandRun): Promise<Pick<Departure, 'leaveId'>> {
    return this.contacts.inTurn(appId, async () => {
      const state = await this.contacts.load(appId, { contactIds: [], userIds: [userId], sampleUserId: userId, sampleSize: 100 });
      const standing = state.closures.get(userId);
      if (standing?.epoch === epoch) return standing;
      await this.contacts.decide(appId, [{ type: 'CloseAssignee', userId, epoch, leaveId, reason }], state, stepOf(run, 'closing'));
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

/** Whether whoever was to take contacts may not. */
export const isNotActive = (error: unknown): boolean => error instanceof DomainError && error.code === 'ASSIGNEE_NOT_ACTIVE';
