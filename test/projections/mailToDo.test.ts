import { mailStream } from '../../src/domain/streamNames';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { mailToDoProjection } from '../../src/projections/mailToDoProjection';
import { MailToDoQueries } from '../../src/projections/mailToDoQueries';
import type { MailToDoRow } from '../../src/projections/mailToDoRows';
import { ProjectionRunner } from '../../src/projections/projectionRunner';
import { ReadModelDatabase } from '../../src/projections/readModelDatabase';
import { APP_ID, at, EventLog } from './eventLog';
import { ProjectedTables } from './projectedTables';

const KEY = { userId: 'ann', invitationId: 'invitation-ann', sendCount: 1 };
const MESSAGE_ID = '<invitation-ann.1@partners.example>';

describe('the list of messages to be sent', () => {
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
  const due = (now = at(1_000)): readonly MailToDoRow[] => queries().due(now, 10);
  const mail = (type: string, data: object, occurredAt?: string): StoredEvent => log.add(mailStream(APP_ID), type, { ...KEY, ...data }, occurredAt);
  const attempted = (attempt = 1, until = at(60)): StoredEvent => mail('InvitationEmailAttempted', { attempt, messageId: MESSAGE_ID, until });
  const resent = (): StoredEvent => log.roster('InvitationResent', { userId: 'ann', invitationId: KEY.invitationId, expiresAt: at(900), tokenHash: 'hash 2', sendCount: 2 });

  it('has what an invitation asks for, from the moment on at which it was sent', () => {
    const invited = log.invite('ann', { occurredAt: at(10) });
    expect(due(at(9))).toEqual([]);
    expect(due(at(10))).toEqual([
      { appId: APP_ID, ...KEY, attempts: 0, eventId: invited.id, correlationId: 'correlation', head: { revision: -1, occurredAt: '' } },
    ]);
  });

  it('has nothing of an import, which sends nothing', () => {
    log.invite('ann', { sendCount: 0, tokenHash: null, invitedBy: null });
    expect(due()).toEqual([]);
  });

  it.each([
    ['InvitationRevoked', {}],
    ['InvitationDeclined', { personId: 'person-ann' }],
    ['InvitationExpired', {}],
    ['InvitationAccepted', { personId: 'person-ann', epoch: 1, kind: 'PARTNER', role: 'STANDARD', person: { keapId: 'ann@acme.com', name: null } }],
  ])('loses a message whose invitation is over: %s', (type, data) => {
    log.invite('ann');
    log.add(`app-${APP_ID}`, type, { userId: 'ann', invitationId: KEY.invitationId, ...data });
    expect(due()).toEqual([]);
  });

  it('gives a message to nobody else while somebody tries, and knows what was begun', () => {
    log.invite('ann');
    const { occurredAt } = attempted();
    expect(due(at(59))).toEqual([]);
    expect(due(at(60))).toMatchObject([{ ...KEY, attempts: 1, head: { revision: 0, occurredAt } }]);
    expect(queries().begun(10)).toMatchObject([{ ...KEY, attempts: 1 }]);
  });

  it('has a message again when the time of its next try has come', () => {
    log.invite('ann');
    attempted();
    mail('InvitationEmailFailed', { reason: 'REFUSED 451', retryAt: at(300) });
    expect(queries().begun(10)).toEqual([]);
    expect(due(at(299))).toEqual([]);
    expect(due(at(300))).toMatchObject([{ ...KEY, attempts: 1, head: { revision: 1 } }]);
  });

  it.each([
    ['was sent', 'InvitationEmailSent', { messageId: MESSAGE_ID }],
    ['was given up', 'InvitationEmailFailed', { reason: 'TIMED_OUT', retryAt: null }],
  ])('loses a message that %s', (_, type, data) => {
    log.invite('ann');
    attempted();
    mail(type, data);
    expect(due(at(100_000))).toEqual([]);
    expect(queries().begun(10)).toEqual([]);
  });

  it('begins anew with a message that is sent once more, whatever becomes of the earlier one', () => {
    log.invite('ann');
    attempted(6);
    const { id } = resent();
    mail('InvitationEmailFailed', { reason: 'TIMED_OUT', retryAt: null });
    expect(due()).toMatchObject([{ invitationId: KEY.invitationId, sendCount: 2, attempts: 0, eventId: id }]);
  });

  it('gives the longest due first, and no more than asked for', () => {
    for (const name of ['cleo', 'bob', 'ann']) log.invite(name);
    expect(queries().due(at(1_000), 2).map(({ userId }) => userId)).toEqual(['cleo', 'bob']);
  });

  it('finds a message by its Message-ID, also when it was sent', () => {
    log.invite('ann');
    attempted();
    mail('InvitationEmailSent', { messageId: MESSAGE_ID });
    expect(queries().messageOf(MESSAGE_ID)).toMatchObject({ appId: APP_ID, ...KEY, head: { revision: 1 } });
    expect(queries().messageOf('<other@example.com>')).toBeUndefined();
  });

  it('is shown in the user list as far as the latest message has come', () => {
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
});
