import { mailStream, reviewStream } from '../../../src/domain/streams';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { mailToDoProjection } from '../../../src/projections/mailToDo/projection';
import { type MailboxLimit, MailToDoQueries, type MailToDoRow } from '../../../src/projections/mailToDo/queries';
import { ProjectionRunner } from '../../../src/projections/engine/runner';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { APP_ID, at, EventLog } from '../eventLog';
import { ProjectedTables } from '../projectedTables';

const KEY = { userId: 'ann', invitationId: 'invitation-ann', sendCount: 1 };
const MESSAGE_ID = '<invitation-ann.1@partners.example>';

describe('the messages to send', () => {
  let log: EventLog;
  let database: ReadModelDatabase;
  beforeEach(() => {
    log = new EventLog();
    database = ReadModelDatabase.open(':memory:');
    log.register();
  });
  afterEach(() => {
    database.close();
  });

  const queries = (): MailToDoQueries => {
    new ProjectionRunner(database, [mailToDoProjection], '').apply(log.events);
    return new MailToDoQueries(database);
  };
  const NO_LIMIT = { places: 9, since: '', until: at(9_000) };
  const due = (now = at(1_000), mailboxes: MailboxLimit = NO_LIMIT): readonly MailToDoRow[] => queries().due(now, at(9_000), 10, mailboxes);
  const mail = (type: string, data: object, occurredAt?: string): StoredEvent => log.add(mailStream(APP_ID), type, { ...KEY, ...data }, occurredAt);
  const attempted = (attempt = 1, until = at(60)): StoredEvent => mail('InvitationEmailAttempted', { attempt, messageId: MESSAGE_ID, until });
  const resent = (): StoredEvent => log.roster('InvitationResent', { userId: 'ann', invitationId: KEY.invitationId, expiresAt: at(900), tokenHash: 'hash 2', sendCount: 2 });

  it('lists the message of an invitation from the time of the invitation', () => {
    const invited = log.invite('ann', { occurredAt: at(10) });
    expect(due(at(9))).toEqual([]);
    expect(due(at(10))).toEqual([
      {
        appId: APP_ID, ...KEY, attempts: 0, dueAt: at(10), mailbox: 'ann@acme.com', placesLeft: 9, eventId: invited.id, eventStream: invited.stream, eventRevision: invited.revision, correlationId: 'correlation',
        head: { revision: -1, occurredAt: '' },
      },
    ]);
  });

  it('lists nothing for imported invitations', () => {
    log.invite('ann', { sendCount: 0, tokenHash: null, invitedBy: null });
    expect(due()).toEqual([]);
  });

  it.each([
    ['InvitationRevoked', {}],
    ['InvitationDeclined', { personId: 'person-ann' }],
    ['InvitationExpired', {}],
    ['InvitationAccepted', { personId: 'person-ann', epoch: 1, kind: 'PARTNER', role: 'STANDARD', person: { keapId: 'ann@acme.com', name: null } }],
  ])('drops the message when the invitation ends: %s', (type, data) => {
    log.invite('ann');
    log.add(`app-${APP_ID}`, type, { userId: 'ann', invitationId: KEY.invitationId, ...data });
    expect(due()).toEqual([]);
  });

  it('hides a claimed message until the claim expires, and lists it as begun', () => {
    log.invite('ann');
    const { occurredAt } = attempted();
    expect(due(at(59))).toEqual([]);
    expect(due(at(60))).toMatchObject([{ ...KEY, attempts: 1, head: { revision: 0, occurredAt } }]);
    expect(queries().begun(10, NO_LIMIT)).toMatchObject([{ ...KEY, attempts: 1 }]);
  });

  it('lists a message again at the time of its next attempt', () => {
    log.invite('ann');
    attempted();
    mail('InvitationEmailFailed', { reason: 'REFUSED 451', retryAt: at(300) });
    expect(queries().begun(10, NO_LIMIT)).toEqual([]);
    expect(due(at(299))).toEqual([]);
    expect(due(at(300))).toMatchObject([{ ...KEY, attempts: 1, head: { revision: 1 } }]);
  });

  it.each([
    ['was sent', 'InvitationEmailSent', { messageId: MESSAGE_ID }],
    ['was given up', 'InvitationEmailFailed', { reason: 'TIMED_OUT', retryAt: null }],
  ])('drops a message that %s', (_, type, data) => {
    log.invite('ann');
    attempted();
    mail(type, data);
    expect(due(at(100_000))).toEqual([]);
    expect(queries().begun(10, NO_LIMIT)).toEqual([]);
  });

  it('starts over when an invitation is resent, whatever happens to the earlier message', () => {
    log.invite('ann');
    attempted(6);
    const { id } = resent();
    mail('InvitationEmailFailed', { reason: 'TIMED_OUT', retryAt: null });
    expect(due()).toMatchObject([{ invitationId: KEY.invitationId, sendCount: 2, attempts: 0, eventId: id }]);
  });

  it('lists messages in the order in which they became due, up to the limit', () => {
    for (const name of ['cleo', 'bob', 'ann']) log.invite(name);
    expect(queries().due(at(1_000), at(2_000), 2, NO_LIMIT).map(({ userId }) => userId)).toEqual(['cleo', 'bob']);
  });

  describe('to a mailbox that gets a limited number', () => {
    const two = { places: 2, since: at(0), until: at(9_000) };
    const claimed = (name: string, appId = APP_ID): StoredEvent =>
      log.add(mailStream(appId), 'InvitationEmailAttempted', { userId: name, invitationId: `invitation-${name}`, sendCount: 1, attempt: 1, messageId: `<${name}>`, until: at(5_000) });
    const sentTo = (name: string, keapId: string, appId = APP_ID): void => {
      log.invite(name, { keapId, appId });
      claimed(name, appId);
    };
    const placesLeft = (mailboxes = two): Readonly<Record<string, number>> => Object.fromEntries(due(at(1_000), mailboxes).map((row) => [row.userId, row.placesLeft]));

    it('counts what the mailbox was sent under any tag by any app', () => {
      log.register('other');
      sentTo('one', 'ann+shop@acme.com', 'other');
      log.invite('ann', { keapId: 'ANN@acme.com' });
      log.invite('bob');
      expect(placesLeft()).toEqual({ ann: 1, bob: 2 });
      sentTo('two', 'ann@acme.com');
      expect(placesLeft()).toEqual({ bob: 2 });
      expect(due()).toHaveLength(2);
    });

    it('does not count what was sent before the last 24 hours', () => {
      sentTo('one', 'ann@acme.com');
      const { occurredAt } = claimed('one');
      log.invite('ann');
      expect(placesLeft({ ...NO_LIMIT, places: 1, since: occurredAt })).toEqual({ ann: 1 });
      expect(placesLeft({ ...NO_LIMIT, places: 1, since: at(0) })).toEqual({});
    });

    it('does not count what was sent while the clock was ahead', () => {
      sentTo('one', 'ann@acme.com');
      const { occurredAt } = claimed('one');
      const limits: readonly MailboxLimit[] = [at(0), occurredAt].map((until) => ({ places: 1, since: at(0), until }));
      log.invite('ann');
      expect(limits.map((limit) => placesLeft(limit))).toEqual([{ ann: 1 }, {}]);
      claimed('ann');
      expect(limits.map((limit) => queries().isOverLimit('<ann>', limit))).toEqual([false, true]);
    });

    it('counts a message once, and not against itself when it is tried again', () => {
      sentTo('ann', 'ann@acme.com');
      mail('InvitationEmailFailed', { reason: 'REFUSED 451', retryAt: at(300) });
      expect(placesLeft({ ...NO_LIMIT, places: 1, since: at(0) })).toEqual({ ann: 1 });
    });

    it('counts a resent invitation as another message', () => {
      log.invite('ann');
      attempted();
      resent();
      expect(placesLeft({ ...NO_LIMIT, places: 1, since: at(0) })).toEqual({});
      expect(placesLeft()).toEqual({ ann: 1 });
    });

    it('tells by the order of claims which of several is over the limit', () => {
      for (const name of ['one', 'two', 'three']) sentTo(name, `ann+${name}@acme.com`);
      expect(['<one>', '<two>', '<three>'].map((messageId) => queries().isOverLimit(messageId, two))).toEqual([false, false, true]);
    });

    it('lists a message whose claim was given back where it was before, as if it had never been claimed', () => {
      const { occurredAt } = log.invite('ann');
      log.invite('bob', { keapId: 'ann+bob@acme.com' });
      attempted();
      mail('InvitationEmailPostponed', { attempts: 0, reason: 'MAILBOX_FULL', until: occurredAt });
      expect(due(at(1_000), two)).toMatchObject([{ userId: 'ann', attempts: 0, dueAt: occurredAt, placesLeft: 2 }, { userId: 'bob', placesLeft: 2 }]);
    });
  });

  it('lists a message that was scheduled while the clock was ahead', () => {
    log.invite('ann');
    attempted(1, at(10_000));
    expect(due(at(1_000))).toMatchObject([{ userId: 'ann', attempts: 1 }]);
  });

  it('finds a message by its Message-ID, even after it was sent', () => {
    log.invite('ann');
    attempted();
    mail('InvitationEmailSent', { messageId: MESSAGE_ID });
    expect(queries().messageOf(MESSAGE_ID)).toMatchObject({ appId: APP_ID, ...KEY, head: { revision: 1 } });
    expect(queries().messageOf('<other@example.com>')).toBeUndefined();
  });

  it('shows the state of the latest message in the user list', () => {
    const delivery = (): string | undefined => {
      const tables = ProjectedTables.of(log.events, at(500));
      const [invitation] = tables.readModels.userList.invitationsByIds([{ appId: APP_ID, invitationId: KEY.invitationId }]);
      tables.close();
      return invitation?.delivery;
    };
    log.invite('ann');
    attempted();
    mail('InvitationEmailFailed', { reason: 'REFUSED 451', retryAt: at(300) });
    expect(delivery()).toBe('PENDING');
    mail('InvitationEmailSent', { messageId: MESSAGE_ID });
    expect(delivery()).toBe('SENT');
    mail('InvitationEmailFailed', { reason: 'BOUNCED', retryAt: null });
    expect(delivery()).toBe('FAILED');
    resent();
    expect(delivery()).toBe('PENDING');
    mail('InvitationEmailSent', { messageId: MESSAGE_ID });
    expect(delivery()).toBe('PENDING');
  });

  it('lists a reminder of an access review for each admin, in place of an earlier one of the same review, until the review is finished', () => {
    log.join('ann', { name: 'ann' });
    const remind = (review: string, reminder: string, ...informedUserIds: readonly string[]): StoredEvent =>
      log.add(reviewStream(review), 'AccessReviewReminded', { appId: APP_ID, reviewId: review, reminder, dueAt: at(50), people: 2, undecided: 1, informedUserIds });
    const reminders = (): readonly (readonly string[])[] => due().filter(({ sendCount }) => sendCount === 0).map(({ eventStream, eventId, mailbox }) => [eventStream, eventId, mailbox]);
    const other = remind('other', 'WEEK', 'ann');
    remind('one', 'WEEK', 'ann', 'owner-gx624');
    const day = remind('one', 'DAY', 'owner-gx624');
    expect(reminders()).toEqual([['review-other', other.id, 'ann@acme.com'], ['review-one', day.id, 'owner@acme.com']]);
    log.add(reviewStream('one'), 'AccessReviewFinished', { appId: APP_ID, kept: 2, removed: 0 });
    expect(reminders()).toEqual([['review-other', other.id, 'ann@acme.com']]);
  });

  it('lists a notice for each informed user, under their mailbox, each with a course of its own', () => {
    log.invite('ann', { keapId: 'Ann+work@acme.com' });
    const person = { keapId: 'ada@acme.com', name: 'Ada' };
    const asked = log.roster('AdminAppointed', {
      userId: 'ada', epoch: 1, wasMember: false, revokedInvitationId: KEY.invitationId, reason: 'Ticket 1', informedUserIds: ['owner-gx624', 'ann', 'ada'], person,
    }, at(100));
    const rows = (): readonly (readonly [string, string, number, number])[] => due().map(({ userId, mailbox, sendCount, attempts }) => [userId, mailbox, sendCount, attempts] as const);
    expect(rows()).toEqual([['ada', 'ada@acme.com', 0, 0], ['ann', 'ann@acme.com', 0, 0], ['owner-gx624', 'owner@acme.com', 0, 0]]);
    expect(due()[0]).toMatchObject({ invitationId: asked.id, eventId: asked.id, eventRevision: asked.revision });
    const notice = (type: string, userId: string, data: object): StoredEvent => log.add(mailStream(APP_ID), type, { noticeId: asked.id, userId, ...data });
    for (const userId of ['ada', 'ann', 'owner-gx624']) notice('NoticeEmailAttempted', userId, { attempt: 1, messageId: `<${userId}>`, until: at(5_000) });
    expect(queries().begun(10, NO_LIMIT).map(({ userId }) => userId)).toEqual(['ada', 'ann', 'owner-gx624']);
    notice('NoticeEmailSent', 'ada', { messageId: '<ada>' });
    notice('NoticeEmailPostponed', 'ann', { attempts: 0, reason: 'MAILBOX_FULL', until: at(200) });
    notice('NoticeEmailFailed', 'owner-gx624', { reason: 'REFUSED 451', retryAt: at(300) });
    expect(rows()).toEqual([['ann', 'ann@acme.com', 0, 0], ['owner-gx624', 'owner@acme.com', 0, 1]]);
    expect(queries().messageOf('<ada>')).toMatchObject({ userId: 'ada', invitationId: asked.id, sendCount: 0 });
    notice('NoticeEmailFailed', 'owner-gx624', { reason: 'REFUSED 550', retryAt: null });
    expect(rows()).toEqual([['ann', 'ann@acme.com', 0, 0]]);
  });
});
