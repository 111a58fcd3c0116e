import { setTimeout as pause } from 'node:timers/promises';
import { v4 } from 'uuid';
import type { MailEvent } from '../domain/events';
import { isAddress } from '../domain/keapId';
import { accountNameOf } from '../domain/fieldRules';
import { isOpen } from '../domain/roster/rosterState';
import { StoreUnavailable } from '../eventstore/eventStore';
import type { MailToDoQueries } from '../projections/mailToDoQueries';
import type { MailHead, MailToDoRow } from '../projections/mailToDoRows';
import type { UserListQueries } from '../projections/userListQueries';
import { addMilliseconds, type Clock } from './clock';
import { derivedId } from './commandRun';
import { composeInvitation, type InvitationMessage } from './invitationMessage';
import type { LinkTokens } from './linkTokens';
import { isSettled, type MailLog } from './mailLog';
import { MailNotTaken, type MailTransport } from './mailTransport';
import type { RosterHandler } from './rosterHandler';

export interface MailerSettings {
  /** what links begin with, without a slash at the end. */
  readonly publicUrl: string;
  /** the host in Message-IDs. */
  readonly messageIdHost: string;
  /** with `{inviter}` and `{accountName}` in it. */
  readonly subject: string;
  /** after so many a message is given up. */
  readonly tries: number;
  /** the pause after the first try; each further one is four times as long. */
  readonly firstPauseMs: number;
  /** how long one try may take. */
  readonly timeoutMs: number;
}

export interface MailerPorts {
  readonly toDo: MailToDoQueries;
  readonly log: MailLog;
  readonly rosters: RosterHandler;
  readonly userList: UserListQueries;
  readonly linkTokens: LinkTokens;
  readonly transport: MailTransport;
  readonly clock: Clock;
  /** tells of a try that failed; a try without a next one is the last. */
  readonly report: (failure: { readonly invitationId: string; readonly attempt: number; readonly reason: string; readonly retryAt: string | null }) => void;
}

/** So many messages are looked at in one go, and so many are under way at once. */
const IN_ONE_GO = 200;
const AT_ONCE = 5;
const PAUSE_FACTOR = 4;
const LONGEST_PAUSE_MS = 24 * 60 * 60 * 1000;
/** Messages under way at the end of the process may take so much longer. */
const GRACE_MS = 5_000;
const RECORD_PAUSE_MS = 500;

/**
 * Sends what invitations ask for, at least once. A try is written down before it is made, under the revision that was
 * seen, so that of several processes one makes it; what came of it is written down after. Whoever dies in between is
 * followed by somebody who sends the same message with the same Message-ID.
 */
export class InvitationMailer {
  readonly #stopping = new AbortController();

  constructor(
    private readonly ports: MailerPorts,
    private readonly settings: MailerSettings,
  ) {}

  /**
   * Sends what is due. To be called when the read models have seen the whole log.
   * @param abandoned whether tries that were begun and not finished are made again at once, since nobody else can be at it.
   * @returns how many messages were looked at. @throws AggregateError of what went wrong here, rather than with the mail server.
   */
  async work(abandoned = false): Promise<number> {
    const { toDo, clock } = this.ports;
    const rows = [...(abandoned ? toDo.begun(IN_ONE_GO) : []), ...toDo.due(clock.now(), IN_ONE_GO)];
    const waiting = rows.values();
    const failures: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (const row of waiting) {
        if (this.#stopping.signal.aborted) return;
        await this.#handle(row).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${rows.length} messages could not be worked on`);
    return rows.length;
  }

  /** Begins no further try, and lets those under way end within a few seconds. */
  stop(): void {
    this.#stopping.abort();
  }

  async #handle(row: MailToDoRow): Promise<void> {
    const attempt = row.attempts + 1;
    const message = await this.#compose(row);
    if (message === null) return;
    if (!isAddress(message.to)) return this.#failed(row, row.head, derivedId(row.eventId, 'erased'), this.settings.tries, 'ERASED');
    // Whoever began the last try never told what came of it.
    if (row.attempts >= this.settings.tries) return this.#failed(row, row.head, derivedId(row.eventId, `lost ${row.attempts}`), row.attempts, 'LOST');
    const claim = v4();
    const claimed = await this.ports.log.record(row, row.head, this.#attempted(row, attempt), runOf(row, claim), () => true);
    if (claimed === null) return;
    const outcome = derivedId(claim, 'outcome');
    try {
      const sent = await this.#hasLeft(row, message);
      if (sent) await this.#untilRecorded(() => this.#recordSent(row, claimed, outcome));
    } catch (error) {
      if (!(error instanceof MailNotTaken)) throw error;
      await this.#untilRecorded(() => this.#failed(row, claimed, outcome, attempt, error.reason));
    }
  }

  /** The message as the roster has it by now; null where the invitation is not open any more or was sent once more. */
  async #compose({ appId, invitationId, sendCount }: MailToDoRow): Promise<(InvitationMessage & { readonly to: string }) | null> {
    const { rosters, userList, linkTokens, clock } = this.ports;
    const [row] = userList.invitationsByIds([{ appId, invitationId }]);
    const { name, invitations, users } = await rosters.load(appId);
    const invitation = invitations.get(invitationId);
    if (!invitation || invitation.sendCount !== sendCount || !isOpen(invitation, clock.now())) return null;
    const inviter = users.get(row?.invitedBy ?? '');
    const role = users.get(invitation.userId)?.role ?? row?.role ?? 'STANDARD';
    const accountName = accountNameOf(appId, name);
    const facts = { inviter: inviter?.name ?? inviter?.keapId ?? accountName, accountName, kind: invitation.kind, role, expiresAt: invitation.expiresAt };
    const link = `${this.settings.publicUrl}/invitation#${linkTokens.tokenOf(invitationId, sendCount)}`;
    return { to: invitation.keapId, ...composeInvitation({ ...facts, link }, this.settings.subject) };
  }

  #attempted({ userId, invitationId, sendCount }: MailToDoRow, attempt: number): MailEvent {
    const until = addMilliseconds(this.ports.clock.now(), this.settings.timeoutMs * 2);
    return { type: 'InvitationEmailAttempted', data: { userId, invitationId, sendCount, attempt, messageId: this.#messageId(invitationId, sendCount), until } };
  }

  /** Whether the message was taken; false when the process ends before that is known. @throws MailNotTaken */
  async #hasLeft({ invitationId, sendCount }: MailToDoRow, message: InvitationMessage & { readonly to: string }): Promise<boolean> {
    const ended = new AbortController();
    const { timeoutMs } = this.settings;
    const tooLate = pause(timeoutMs, undefined, { signal: ended.signal, ref: false }).then(() => { throw new MailNotTaken('TIMED_OUT'); });
    const sent = this.ports.transport.send({ ...message, messageId: this.#messageId(invitationId, sendCount) }).then(() => true);
    try {
      return await Promise.race([sent, tooLate, this.#graceIsOver(ended.signal).then(() => false)]);
    } finally {
      ended.abort();
    }
  }

  async #graceIsOver(ended: AbortSignal): Promise<void> {
    const stopping = this.#stopping.signal;
    if (!stopping.aborted) {
      await new Promise<void>((resolve) => {
        stopping.addEventListener('abort', () => { resolve(); }, { once: true, signal: ended });
      });
    }
    await pause(GRACE_MS, undefined, { signal: ended, ref: false });
  }

  async #recordSent(row: MailToDoRow, seen: MailHead, commandId: string): Promise<void> {
    const { userId, invitationId, sendCount } = row;
    const sent: MailEvent = { type: 'InvitationEmailSent', data: { userId, invitationId, sendCount, messageId: this.#messageId(invitationId, sendCount) } };
    await this.ports.log.record(row, seen, sent, runOf(row, commandId), isSettled);
  }

  async #failed(row: MailToDoRow, seen: MailHead, commandId: string, attempt: number, reason: string): Promise<void> {
    const { userId, invitationId, sendCount } = row;
    const { clock, log, report } = this.ports;
    const { tries, firstPauseMs } = this.settings;
    const retryAt = attempt >= tries ? null : addMilliseconds(clock.now(), Math.min(firstPauseMs * PAUSE_FACTOR ** (attempt - 1), LONGEST_PAUSE_MS));
    report({ invitationId, attempt, reason, retryAt });
    await log.record(row, seen, { type: 'InvitationEmailFailed', data: { userId, invitationId, sendCount, reason, retryAt } }, runOf(row, commandId), isSettled);
  }

  /** What came of a try is not lost because the store is away for a moment; when nobody else may be waiting any more, it is. */
  async #untilRecorded(record: () => Promise<void>): Promise<void> {
    const giveUpAt = performance.now() + this.settings.timeoutMs;
    for (;;) {
      try {
        await record();
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || this.#stopping.signal.aborted || performance.now() > giveUpAt) throw error;
        await pause(RECORD_PAUSE_MS);
      }
    }
  }

  #messageId(invitationId: string, sendCount: number): string {
    return `<${invitationId}.${sendCount}@${this.settings.messageIdHost}>`;
  }
}

const runOf = ({ eventId, correlationId }: MailToDoRow, commandId: string): { readonly commandId: string; readonly causationId: string; readonly correlationId: string } => ({
  commandId,
  causationId: eventId,
  correlationId,
});
