import type { ContactsCommand } from '../domain/contacts/contactsDecider';
import { movedBy, type ContactsHandler } from './contactsHandler';
import { derivedId, type CommandRun } from './commandRun';
import { ProjectionBehind } from './projectionBehind';

/** Who takes over contacts, and since which join. */
export interface Successor {
  readonly userId: string;
  readonly epoch: number;
}

/** The passing of all contacts of one user to another. */
export interface Reassignment {
  readonly appId: string;
  readonly fromUserId: string;
  readonly to: Successor;
  readonly reassignmentId: string;
  /** the removal of `fromUserId` that this is the first half of; null where they stay. */
  readonly removal: { readonly epoch: number; readonly leaveId: string } | null;
}

export interface Moved {
  readonly changed: number;
  readonly position: string;
}

/** No more contacts than this change hands in one append. */
const CONTACTS_PER_APPEND = 1000;

/**
 * Moves all contacts that a user has, a thousand an append. Each append leaves every contact with exactly one assignee.
 * Where one append is not enough the start is recorded first, so that a process that finds it unfinished goes on. The
 * last append of a removal closes the removed user as well.
 */
export class Reassignments {
  constructor(private readonly contacts: ContactsHandler) {}

  /**
   * @throws DomainError `ASSIGNEE_NOT_ACTIVE` when the successor has left meanwhile; what was moved stays moved.
   * @throws ProjectionBehind when the view of the contacts is too late to tell which are left.
   */
  async moveAll(reassignment: Reassignment, run: CommandRun): Promise<Moved> {
    let changed = 0;
    for (let first = true; ; first = false) {
      const round = await this.contacts.inTurn(reassignment.appId, () => this.#moveSome(reassignment, run, first));
      changed += round.changed;
      if (round.done) return (await this.#movedByAll(reassignment, run)) ?? { changed, position: round.position };
    }
  }

  /** With an idempotency key, somebody else may have moved a part of it under the same command. */
  async #movedByAll({ appId }: Reassignment, run: CommandRun): Promise<Moved | null> {
    if (run.begunAt === undefined) return null;
    return this.contacts.writtenBefore(appId, await this.contacts.load(appId, { contactIds: [], userIds: [] }), run);
  }

  /** Ends a reassignment that nobody can finish any more. */
  async giveUp({ appId, fromUserId, reassignmentId }: Reassignment, run: CommandRun): Promise<void> {
    await this.contacts.inTurn(appId, async () => {
      const state = await this.contacts.load(appId, { contactIds: [], userIds: [fromUserId] });
      await this.contacts.decide(appId, [{ type: 'FinishReassignment', reassignmentId, complete: false }], state, atRevision(run, state.revision));
    });
  }

  async #moveSome(reassignment: Reassignment, run: CommandRun, first: boolean): Promise<Moved & { readonly done: boolean }> {
    const { appId, fromUserId, to, reassignmentId, removal } = reassignment;
    const state = await this.contacts.load(appId, { contactIds: [], userIds: [fromUserId, to.userId], sampleUserId: fromUserId, sampleSize: CONTACTS_PER_APPEND });
    const before = first ? await this.contacts.writtenBefore(appId, state, run) : null;
    if (before && !state.reassignments.has(reassignmentId)) return { ...before, done: true };
    const contactIds = [...(state.sample?.contactIds ?? [])].slice(0, CONTACTS_PER_APPEND);
    const left = (state.counts.get(fromUserId) ?? 0) - contactIds.length;
    if (left > 0 && contactIds.length === 0) throw new ProjectionBehind(`The view of the contacts of ${appId} is behind. Try again in a moment.`);
    const commands: ContactsCommand[] = [];
    if (left > 0) commands.push({ type: 'StartReassignment', reassignmentId, fromUserId, ...to, removal });
    if (contactIds.length > 0) commands.push({ type: 'ReassignContacts', fromUserId, ...to, contactIds });
    if (left === 0) commands.push({ type: 'FinishReassignment', reassignmentId, complete: true });
    if (left === 0 && removal !== null) commands.push({ type: 'CloseAssignee', userId: fromUserId, ...removal, reason: 'REMOVAL' });
    const { events, position } = await this.contacts.decide(appId, commands, state, atRevision(run, state.revision));
    return { changed: movedBy(events), position, done: left === 0 };
  }
}

/** A step whose ids come from where it is appended: a later one can never be taken for an earlier one. */
const atRevision = (run: CommandRun, revision: number): CommandRun => ({
  ...run,
  commandId: derivedId(run.commandId, `contacts ${revision + 1}`),
  causationId: run.commandId,
});
