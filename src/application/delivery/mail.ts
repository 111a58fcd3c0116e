import type { MailEvent, NoticeEvent, Recorded, RosterEvent } from '../../domain/events';
import { accountNameOf } from '../../domain/fields';
import { isAddress, normalizeKeapId } from '../../domain/keapId';
import type { AccessReviewEvent } from '../../domain/reviews/events';
import { dayBefore, isOpen, type RosterState } from '../../domain/roster/state';
import { mailStream } from '../../domain/streams';
import { type EventStore, type LogPosition, START } from '../../eventstore/eventStore';
import type { MailboxLimit, MailMessageRow, MailToDoQueries, MailToDoRow } from '../../projections/mailToDo/queries';
import type { UserListQueries } from '../../projections/userList/queries';
import { addMilliseconds, type Clock } from '../commandTypes';
import { derivedId, toRecorded } from '../handling/append';
import type { RosterHandler } from '../handling/roster';
import type { LinkTokens } from '../linkTokens';
import type { Tracing } from '../../tracing/tracing';
import { inAttemptSpan } from './attemptSpan';
import { type Deliverer, latestDue, type NotDelivered } from './delivery';
import type { MailServer } from './mailServer';
import { composeInvitation } from './messages/invitation';
import type { Language } from './messages/languages';
import { composeNotice } from './messages/notice';
import type { Message } from './messages/message';
import { composeReminder } from './messages/reminder';
import type { PersonLanguages } from './messages/personLanguages';
import type { Delivery } from './recording';

/** A message as it is handed to a mail transport. */
export interface OutgoingMail extends Message {
  /** Address of the recipient, without a name. */
  readonly to: string;
  /** Includes the angle brackets. */
  readonly messageId: string;
}

/** Sends messages: through a mail server, or into a directory. */
export interface MailTransport {
  /** Resolves when the mail server has accepted the message. @throws NotDelivered when it has not. */
  send(mail: OutgoingMail): Promise<void>;
  /** Resolves when the mail server can be used as it is configured. @throws NotDelivered when it cannot. */
  check(): Promise<void>;
  /** Closes its connections. */
  close(): Promise<void>;
}

export interface MailerOptions {
  /** Prefix of links, without a trailing slash. */
  readonly publicUrl: string;
  /** Whether there is a console, to whose pages messages may link. */
  readonly hasConsole: boolean;
  /** Host part of Message-IDs. */
  readonly messageIdHost: string;
  /** Template of the subject, with the placeholders `{inviter}` and `{accountName}`; null for that of the language. */
  readonly subject: string | null;
  readonly languages: Pick<PersonLanguages, 'languageFor'>;
  readonly store: EventStore;
  readonly toDo: MailToDoQueries;
  readonly deliverer: Deliverer<SentEvent>;
  readonly rosters: RosterHandler;
  readonly userList: UserListQueries;
  readonly linkTokens: LinkTokens;
  readonly server: MailServer;
  readonly clock: Clock;
  /** Whether no other process can send messages of this log. */
  readonly exclusive: boolean;
  /** Messages that one mailbox gets in 24 hours from all apps; 0 means no limit. */
  readonly perMailboxPerDay: number;
  /** Waits until the list of messages includes a log position. @returns false after `timeoutMs`. */
  readonly waitFor: (position: LogPosition, timeoutMs: number) => Promise<boolean>;
  /** Records a span of each attempt; null records none. */
  readonly tracing: Tracing | null;
}

/** Messages read per sweep; the next sweep continues with the rest. */
const SWEEP_SIZE = 200;
const CONCURRENCY = 5;
/** Messages that were sent and whose outcome is not recorded yet. After a crash these are sent again. */
const MOST_UNRECORDED = 50;
/** An attempt takes one timeout at most; the rest of the claim is for recording its outcome. */
const CLAIM_TIMEOUTS = 2;
const NOTHING_TO_RECORD: { readonly recorded: Promise<unknown> } = { recorded: Promise.resolve() };
/** How far the clock of another replica may be ahead. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Sends the messages that invitations ask for, and notices and reminders to admins. If a process dies before it has recorded the outcome, another one
 * resends the message under the same Message-ID.
 */
export class InvitationMailer {
  /** Position of the last outcome that was recorded without a claim before. */
  #recorded: LogPosition = START;

  constructor(private readonly options: MailerOptions) {}

  /**
   * Sends the messages that are due, according to read models that have caught up with the log.
   * @param abandoned whether claimed messages are sent as well, since no other process can be sending them.
   * @returns how many messages were considered.
   * @throws AggregateError of internal errors; the other messages are sent all the same.
   */
  async work(abandoned = false): Promise<number> {
    const { toDo, clock, deliverer, server, waitFor } = this.options;
    // What was sent just now must not be read as due, and counts for its mailbox.
    if (!(await waitFor(this.#recorded, deliverer.settings.timeoutMs))) return 0;
    if (!(await server.isUsable((send) => deliverer.attempt(send)))) return 0;
    const now = clock.now();
    const mailboxes = this.#mailboxLimit();
    const rows = withinPlaces([...(abandoned ? toDo.begun(SWEEP_SIZE, mailboxes) : []), ...toDo.due(now, latestDue(now), SWEEP_SIZE, mailboxes)]);
    const waiting = rows.values();
    const failures: unknown[] = [];
    const fail = (error: unknown): void => { failures.push(error); };
    const unrecorded = new Set<Promise<void>>();
    const worker = async (): Promise<void> => {
      for (const row of waiting) {
        while (unrecorded.size >= MOST_UNRECORDED) await Promise.race(unrecorded);
        if (deliverer.isStopping || server.checkAt !== null) return;
        const { recorded } = await this.#handle(row).catch((error: unknown) => {
          fail(error);
          return NOTHING_TO_RECORD;
        });
        const ended = recorded.then(() => undefined, fail).finally(() => unrecorded.delete(ended));
        unrecorded.add(ended);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await Promise.all(unrecorded);
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${rows.length} messages failed with an internal error`);
    return rows.length;
  }

  /** Sends a message. @returns once it was sent, a promise that what becomes of it is recorded. */
  async #handle(row: MailToDoRow): Promise<typeof NOTHING_TO_RECORD> {
    const { clock, deliverer, server, exclusive } = this.options;
    const { tries, timeoutMs } = deliverer.settings;
    const { eventId, attempts } = row;
    const letter = await this.#letterOf(row);
    if (letter === null) return NOTHING_TO_RECORD;
    const { mail, ids, events } = letter;
    const delivery: Delivery<SentEvent> = { ...deliveryOf(row), cause: row };
    const failed = (attempt: number, { reason, kind }: Pick<NotDelivered, 'reason' | 'kind'>): readonly SentEvent[] => [events.failed(reason, deliverer.failed(ids, attempt, reason, kind))];
    if (!isAddress(mail.to)) {
      await deliverer.record(delivery, failed(tries, { reason: 'ERASED', kind: 'PERMANENT' }), derivedId(eventId, stepName('erased', row)));
    } else if (attempts >= tries) {
      // The process that claimed the last attempt never recorded its outcome.
      await deliverer.record(delivery, failed(attempts, { reason: 'LOST', kind: 'PERMANENT' }), derivedId(eventId, stepName(`lost ${attempts}`, row)));
    } else {
      const attempt = attempts + 1;
      const until = addMilliseconds(clock.now(), timeoutMs * CLAIM_TIMEOUTS);
      const claim = events.attempted(attempt, until);
      const send = async (): Promise<readonly SentEvent[]> => {
        const start = { name: 'send mail', cause: await this.#causeOf(row), attributes: { 'partner_access.event': eventId } };
        const result = await inAttemptSpan(this.options.tracing, start, () => deliverer.attempt(() => server.send(mail)));
        if (result === 'STOPPED') return [];
        if (result === 'DELIVERED') return [events.sent()];
        return result.kind === 'MISCONFIGURED' ? [events.postponed(attempts, result.reason, server.checkAt ?? clock.now())] : failed(attempt, result);
      };
      if (exclusive) {
        const { recorded } = await deliverer.deliverAlone(delivery, claim, send);
        return { recorded: recorded.then((position) => { this.#noteRecorded(position); }) };
      } else {
        await deliverer.deliver(delivery, claim, async (claimedAt) => (await this.#isOverLimit(mail.messageId, claimedAt)) ? [events.postponed(attempts, 'MAILBOX_FULL', row.dueAt)] : send());
      }
    }
    return NOTHING_TO_RECORD;
  }

  #noteRecorded(position: LogPosition | null): void {
    if (position !== null && position > this.#recorded) this.#recorded = position;
  }

  /** The span of the command that asked for the message, where spans are recorded. */
  async #causeOf({ eventStream, eventRevision }: MailToDoRow): Promise<string | undefined> {
    const { tracing, store } = this.options;
    if (!tracing) return undefined;
    for await (const { metadata } of store.readStream(eventStream, { fromRevision: eventRevision, maxCount: 1 })) return metadata.traceparent;
    return undefined;
  }

  #mailboxLimit(): MailboxLimit {
    const { clock, perMailboxPerDay } = this.options;
    const now = clock.now();
    return { places: perMailboxPerDay === 0 ? Number.MAX_SAFE_INTEGER : perMailboxPerDay, since: dayBefore(now), until: addMilliseconds(now, CLOCK_SKEW_MS) };
  }

  /**
   * Whether other processes, or other apps since the sweep, have claimed the mailbox's last places before this claim. The order of claims in the log
   * decides, so that of several processes that claim at once only those within the limit send.
   */
  async #isOverLimit(messageId: string, claimedAt: LogPosition): Promise<boolean> {
    const { toDo, deliverer, perMailboxPerDay, waitFor } = this.options;
    if (perMailboxPerDay === 0) return false;
    return !(await waitFor(claimedAt, deliverer.settings.timeoutMs)) || toDo.isOverLimit(messageId, this.#mailboxLimit());
  }

  #letterOf(row: MailToDoRow): Promise<Letter | null> {
    return isNotice(row) ? this.#noticeOf(row) : this.#invitationOf(row);
  }

  /** Composes the message from the current roster; null when the invitation is no longer open or was sent again. */
  async #invitationOf({ appId, userId, invitationId, sendCount }: MailToDoRow): Promise<Letter | null> {
    const { rosters, userList, linkTokens, clock, publicUrl, subject, languages, messageIdHost } = this.options;
    const [row] = userList.invitationsByIds([{ appId, invitationId }]);
    const { name, invitations, users } = await rosters.load(appId);
    const invitation = invitations.get(invitationId);
    if (!invitation || invitation.sendCount !== sendCount || !isOpen(invitation, clock.now())) return null;
    const inviter = users.get(row?.invitedBy ?? '');
    const role = users.get(invitation.userId)?.role ?? row?.role ?? 'STANDARD';
    const accountName = accountNameOf(appId, name);
    const facts = { inviter: inviter?.name ?? inviter?.keapId ?? accountName, accountName, kind: invitation.kind, role, reason: invitation.reason, expiresAt: invitation.expiresAt };
    const link = `${publicUrl}/invitation#${await linkTokens.sentToken(invitationId, sendCount, invitation.tokenHash)}`;
    const messageId = `<${invitationId}.${sendCount}@${messageIdHost}>`;
    const of = { userId, invitationId, sendCount };
    return {
      mail: { to: invitation.keapId, messageId, ...composeInvitation({ ...facts, link }, subject, await languages.languageFor(normalizeKeapId(invitation.keapId))) },
      ids: { invitationId },
      events: {
        attempted: (attempt, until) => ({ type: 'InvitationEmailAttempted', data: { ...of, messageId, attempt, until } }),
        sent: () => ({ type: 'InvitationEmailSent', data: { ...of, messageId } }),
        postponed: (attempts, reason, until) => ({ type: 'InvitationEmailPostponed', data: { ...of, attempts, reason, until } }),
        failed: (reason, retryAt) => ({ type: 'InvitationEmailFailed', data: { ...of, reason, retryAt } }),
      },
    };
  }

  /** Composes the notice of an event. It is sent to whoever was an admin then, also where they are not any more. */
  async #noticeOf({ appId, userId, eventId, eventStream, eventRevision }: MailToDoRow): Promise<Letter | null> {
    const { store, rosters, languages, messageIdHost } = this.options;
    const roster = await rosters.load(appId);
    const to = roster.users.get(userId)?.keapId ?? '';
    for await (const stored of store.readStream(eventStream, { fromRevision: eventRevision, maxCount: 1 })) {
      const message = this.#noticeTextOf(toRecorded<RosterEvent | AccessReviewEvent>(stored), userId, roster, await languages.languageFor(normalizeKeapId(to)));
      if (message === null) break;
      const messageId = `<${derivedId(eventId, userId)}.1@${messageIdHost}>`;
      const of = { noticeId: eventId, userId };
      return {
        mail: { to, messageId, ...message },
        ids: of,
        events: {
          attempted: (attempt, until) => ({ type: 'NoticeEmailAttempted', data: { ...of, attempt, messageId, until } }),
          sent: () => ({ type: 'NoticeEmailSent', data: { ...of, messageId } }),
          postponed: (attempts, reason, until) => ({ type: 'NoticeEmailPostponed', data: { ...of, attempts, reason, until } }),
          failed: (reason, retryAt) => ({ type: 'NoticeEmailFailed', data: { ...of, reason, retryAt } }),
        },
      };
    }
    throw new Error(`${eventStream} has no event ${eventId} at revision ${eventRevision} that a notice could tell of.`);
  }

  /** The message that tells a user of an event; null for an event of which no notice tells. */
  #noticeTextOf(event: Recorded<RosterEvent | AccessReviewEvent>, userId: string, { appId, name, users }: RosterState, language: Language): Message | null {
    const accountName = accountNameOf(appId, name);
    switch (event.type) {
      case 'AdminAppointed':
      case 'UserRebound': {
        const { person, reason } = event.data;
        const subject = users.get(event.data.userId);
        const awaited = event.type === 'UserRebound' ? event.data.toPersonId === null : !event.data.wasMember;
        const facts = { accountName, name: subject?.name ?? person.name ?? person.keapId, keapId: person.keapId, reason, at: event.decidedAt, awaited, isRecipient: event.data.userId === userId };
        return composeNotice(event.type, facts, language);
      }
      case 'AccessReviewReminded': {
        const { reviewId, reminder, dueAt, people, undecided } = event.data;
        const { publicUrl, hasConsole } = this.options;
        return composeReminder({ accountName, reminder, dueAt, people, undecided, link: hasConsole ? `${publicUrl}/reviews/${reviewId}` : null }, language);
      }
      default:
        return null;
    }
  }
}

type SentEvent = MailEvent | NoticeEvent;

/** A message to send, and the events that record what becomes of it. */
interface Letter {
  readonly mail: OutgoingMail;
  /** Names the message in reports. */
  readonly ids: object;
  readonly events: {
    readonly attempted: (attempt: number, until: string) => SentEvent;
    readonly sent: () => SentEvent;
    readonly postponed: (attempts: number, reason: string, until: string) => SentEvent;
    readonly failed: (reason: string, retryAt: string | null) => SentEvent;
  };
}

const isNotice = ({ sendCount }: Pick<MailMessageRow, 'sendCount'>): boolean => sendCount === 0;

/** One event may ask for notices to several people. */
const stepName = (step: string, row: MailMessageRow): string => (isNotice(row) ? `${step} ${row.userId}` : step);

/** Keeps of each mailbox's messages only the first ones that it has places for; the others wait. */
function withinPlaces(rows: readonly MailToDoRow[]): readonly MailToDoRow[] {
  const taken = new Map<string, number>();
  return rows.filter(({ mailbox, placesLeft }) => {
    const before = taken.get(mailbox) ?? 0;
    if (before >= placesLeft) return false;
    taken.set(mailbox, before + 1);
    return true;
  });
}

/** Messages of one app share a stream. */
const deliveryOf = (row: MailMessageRow): Delivery<SentEvent> => ({
  stream: mailStream(row.appId),
  head: row.head,
  concerns: ({ data }) => ('noticeId' in data ? isNotice(row) && data.noticeId === row.invitationId && data.userId === row.userId : data.invitationId === row.invitationId && data.sendCount === row.sendCount),
  reconcile: (newer, outcome) => (newer.type === 'InvitationEmailSent' || newer.type === 'NoticeEmailSent' || isGivenUp(newer) ? null : outcome),
});

const isGivenUp = (event: SentEvent): boolean => 'retryAt' in event.data && event.data.retryAt === null;

/** Records messages that bounced. */
export class MailBounces {
  constructor(
    private readonly toDo: MailToDoQueries,
    private readonly userList: UserListQueries,
    private readonly deliverer: Pick<Deliverer<SentEvent>, 'record'>,
  ) {}

  /**
   * Records that the message with this Message-ID could not be delivered. A repeated report records nothing more.
   * @param status enhanced status code of the report, such as 5.1.1; null when it has none.
   * @returns whether this service sent such a message. @throws StoreUnavailable
   */
  async record(messageId: string, status: string | null): Promise<boolean> {
    const message = this.toDo.messageOf(messageId);
    if (!message) return false;
    const { appId, invitationId, userId, sendCount } = message;
    const reason = status === null ? 'BOUNCED' : `BOUNCED ${status}`;
    if (isNotice(message)) return this.#failed(message, { type: 'NoticeEmailFailed', data: { noticeId: invitationId, userId, reason, retryAt: null } });
    const [invitation] = this.userList.invitationsByIds([{ appId, invitationId }]);
    if (invitation?.sendCount === sendCount && invitation.delivery === 'FAILED') return true;
    return this.#failed(message, { type: 'InvitationEmailFailed', data: { userId, invitationId, sendCount, reason, retryAt: null } });
  }

  async #failed(message: MailMessageRow, failed: SentEvent): Promise<true> {
    const { invitationId, sendCount } = message;
    await this.deliverer.record(deliveryOf(message), [failed], derivedId(invitationId, stepName(`bounce ${sendCount}`, message)), (newer, outcome) => (isGivenUp(newer) ? null : outcome));
    return true;
  }
}
