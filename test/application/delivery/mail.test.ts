import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { recordDueReminders } from '../../../src/application/accessReviews';
import type { MailEvent, NoticeEvent } from '../../../src/domain/events';
import { Deliverer, NotDelivered } from '../../../src/application/delivery/delivery';
import { MailServer } from '../../../src/application/delivery/mailServer';
import { InvitationMailer, type OutgoingMail } from '../../../src/application/delivery/mail';
import { eventTime, systemCaller } from '../../../src/application/commandTypes';
import { newRun, toAppend } from '../../../src/application/handling/append';
import { mailStream } from '../../../src/domain/streams';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { MailToDoQueries } from '../../../src/projections/mailToDo/queries';
import { GivenApp } from '../../support/givenApp';
import { mailEventsOf, untilMailEvents } from '../../support/mailEvents';
import { DAY_MS, MovableClock } from '../../support/movableClock';
import { TestService } from '../../support/testService';

const SETTINGS = { tries: 2, firstPauseMs: 1_000, timeoutMs: 60_000, graceMs: 5_000 };
const MESSAGES = { publicUrl: 'https://partners.example', hasConsole: true, messageIdHost: 'partners.example', subject: '{inviter}' };

describe('InvitationMailer', () => {
  const clock = new MovableClock();
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ clock });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });

  const mailer = (send: (mail: OutgoingMail) => Promise<void>, perMailboxPerDay = 0, exclusive = false): InvitationMailer => {
    const { database, store, rosters, readModels, linkTokens, projector } = service.running.membership;
    const waitFor = (position: string, timeoutMs: number): Promise<boolean> => projector.waitFor(position, timeoutMs);
    const server = new MailServer({ send, check: async () => undefined, close: async () => undefined }, clock, SETTINGS.firstPauseMs, () => undefined);
    const deliverer = new Deliverer<MailEvent | NoticeEvent>(store, clock, 'mail', SETTINGS, () => undefined);
    return new InvitationMailer({ ...MESSAGES, store, languages: { languageFor: async () => 'en' }, toDo: new MailToDoQueries(database), deliverer, rosters, userList: readModels.userList, linkTokens, server, clock, exclusive, perMailboxPerDay, waitFor, tracing: null });
  };
  const seen = (): Promise<boolean> => service.running.membership.caughtUp(5_000);
  const noticesOf = async (): Promise<readonly StoredEvent[]> => {
    const found: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readStream(mailStream(app.appId))) if (event.type.startsWith('Notice')) found.push(event);
    return found;
  };
  const typesOf = async (invitationId: string): Promise<readonly string[]> => (await mailEventsOf(service, app.appId, invitationId)).map(({ type }) => type.replace('InvitationEmail', ''));

  it('sends a message once when several mailers find it due', async () => {
    const { person, invitationId } = await app.invite('wanted by all');
    const sent: string[] = [];
    const mailers = Array.from({ length: 4 }, () => mailer(async ({ to }) => { sent.push(to); }));
    await Promise.all(mailers.map((one) => one.work()));
    expect(sent).toEqual([person.keapId]);
    expect(await typesOf(invitationId)).toEqual(['Attempted', 'Sent']);
    await seen();
  });

  it('sends no more reminders to a mailbox than half of its messages of a day, so that a notice still arrives', async () => {
    const { accessReviews, readModels } = service.running.membership;
    const dueAt = new Date(Date.parse(clock.now()) + 1_000).toISOString();
    for (let review = 0; review < 6; review += 1) await app.owner.mutate('startAccessReview', { appId: app.appId, dueAt });
    clock.pass(2_000);
    await seen();
    await recordDueReminders(readModels.accessReviews, accessReviews, clock);
    await seen();
    const sent: OutgoingMail[] = [];
    const sweep = async (): Promise<readonly string[]> => {
      await mailer(async (mail) => { sent.push(mail); }, 4).work();
      await seen();
      return sent.splice(0).filter(({ to }) => to === app.owner.keapId).map(({ subject }) => subject);
    };
    const reminder = `The access review of ${app.appId} Keap Pro Recording is overdue`;
    expect(await sweep()).toEqual([reminder, reminder]);
    expect(await sweep()).toEqual([]);
    await (await service.as('operator@example.com', 'operator')).mutate('appointAdmin', { appId: app.appId, keapId: `ada@${app.appId}.example`, name: 'Ada', reason: 'Ticket 1' });
    await seen();
    expect(await sweep()).toEqual([`Ada is an admin of ${app.appId} Keap Pro Recording now`]);
    for (let day = 0; day < 2; day += 1) {
      clock.pass(DAY_MS);
      expect(await sweep()).toEqual([reminder, reminder]);
    }
  });

  it('sends a notice to each active admin once when several mailers find it due, also after one of them died', async () => {
    const { person: partner } = await app.join('partner admin', 'ADMIN');
    await app.join('standard user', 'STANDARD', 'USER');
    const operator = await service.as('operator@example.com', 'operator');
    const { user } = await operator.mutate('appointAdmin', { appId: app.appId, keapId: `ada@${app.appId}.example`, name: 'Ada', reason: 'The owner is away' }, 'user { userId keapId }');
    const recipients = [app.owner.keapId, partner.keapId, user.keapId].sort();
    const lost: string[] = [];
    void mailer(({ to }) => { lost.push(to); return new Promise(() => undefined); }).work().catch(() => undefined);
    const claims = async (): Promise<number> => (await noticesOf()).filter(({ type }) => type === 'NoticeEmailAttempted').length;
    for (;;) {
      await seen();
      if ((await claims()) >= recipients.length) break;
      await nextTurn();
    }
    clock.pass(2 * SETTINGS.timeoutMs + 1);
    const sent: OutgoingMail[] = [];
    await seen();
    await Promise.all(Array.from({ length: 3 }, () => mailer(async (mail) => { sent.push(mail); }).work()));
    await seen();
    expect(sent.map(({ to }) => to).sort()).toEqual(recipients);
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(3);
    expect(sent.every(({ subject }) => subject === `Ada is an admin of ${app.appId} Keap Pro Recording now`)).toBe(true);
    expect((await noticesOf()).filter(({ type }) => type === 'NoticeEmailSent').map(({ data }) => data['messageId']).sort()).toEqual(sent.map(({ messageId }) => messageId).sort());
    expect(new MailToDoQueries(service.running.membership.database).waiting()).toBe(0);
  });

  it('sends no link that was revoked or replaced, even if the read models are behind', async () => {
    const revoked = await app.invite('taken back');
    const resent = await app.invite('replaced');
    const { projector } = service.running.membership;
    projector.pause();
    const writes = [app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId: revoked.invitationId }), app.owner.mutate('resendInvitation', { appId: app.appId, invitationId: resent.invitationId })];
    await Promise.allSettled(writes);
    const sent: string[] = [];
    const one = mailer(async ({ messageId }) => { sent.push(messageId); });
    await one.work();
    expect(sent).toEqual([]);
    projector.resume();
    await seen();
    await one.work();
    expect(sent).toEqual([`<${resent.invitationId}.2@partners.example>`]);
    await seen();
  });

  it('gives up a message whose last attempt has no recorded outcome', async () => {
    const { invitationId } = await app.invite('lost');
    const never = mailer(() => new Promise(() => undefined));
    for (let attempt = 1; attempt <= SETTINGS.tries; attempt += 1) {
      void never.work().catch(() => undefined);
      await untilMailEvents(service, app.appId, invitationId, (types) => types.length >= attempt);
      await seen();
      clock.pass(2 * SETTINGS.timeoutMs + 1);
    }
    let sends = 0;
    await mailer(async () => { sends += 1; }).work();
    const events = await mailEventsOf(service, app.appId, invitationId);
    expect(sends).toBe(0);
    expect(events.at(-1)?.data).toMatchObject({ reason: 'LOST', retryAt: null });
    await seen();
  });

  it('is sent once by the only process of a log, also when its list is behind, and recorded with its claim', async () => {
    const { projector, store } = service.running.membership;
    const sent: string[] = [];
    const only = mailer(async ({ to }) => { sent.push(to); }, 0, true);
    const first = await app.invite('sent by the only process');
    const before = store.inner.statistics?.appends ?? 0;
    await only.work();
    expect(store.inner.statistics?.appends).toBe(before + 1);
    expect(await typesOf(first.invitationId)).toEqual(['Attempted', 'Sent']);
    const second = await app.invite('sent while the list is behind');
    projector.pause();
    await mailer(async ({ to }) => { sent.push(to); }, 0, true).work();
    await mailer(async ({ to }) => { sent.push(to); }, 0, true).work();
    projector.resume();
    await seen();
    await only.work();
    expect(sent).toEqual([first.person.keapId, second.person.keapId]);
    await seen();
  });

  it('is sent while the outcomes of others wait to be recorded', async () => {
    const { store } = service.running.membership;
    const invited = await Promise.all(Array.from({ length: 8 }, (_, index) => app.invite(`beside others ${index}`)));
    await seen();
    let allSent = (): void => undefined;
    const untilAllSent = new Promise<void>((resolve) => { allSent = resolve; });
    const { append } = store;
    const appending = jest.spyOn(store, 'append').mockImplementation(async (...given) => {
      await untilAllSent;
      return append.apply(store, given);
    });
    let sent = 0;
    await mailer(async () => {
      sent += 1;
      if (sent === invited.length) allSent();
    }, 0, true).work();
    appending.mockRestore();
    for (const { invitationId } of invited) expect(await typesOf(invitationId)).toEqual(['Attempted', 'Sent']);
    await seen();
  });

  it('counts what the only process of a log has sent for the limit of a mailbox at once', async () => {
    const { projector } = service.running.membership;
    for (const tag of ['+1', '+2']) {
      const one = await GivenApp.register(service);
      await one.owner.mutate('invitePartner', { appId: one.appId, keapId: `alone${tag}@partners.example`, role: 'STANDARD' });
    }
    const sent: string[] = [];
    const only = mailer(async ({ to }) => { sent.push(to); }, 1, true);
    projector.pause();
    await only.work();
    const next = only.work();
    projector.resume();
    await next;
    expect(sent).toEqual(['alone+1@partners.example']);
    await mailer(async () => undefined).work();
    await seen();
  });

  it('gives up a message to an erased person', async () => {
    const erased = await app.invite('erased');
    const fine = await app.invite('not erased');
    const { keys } = service.running.membership;
    await keys.erase(await keys.idsOf([erased.person.keapId]));
    await service.restart();
    await seen();
    const sent: string[] = [];
    await mailer(async ({ to }) => { sent.push(to); }).work();
    expect(sent).toEqual([fine.person.keapId]);
    expect((await mailEventsOf(service, app.appId, erased.invitationId)).map(({ data }) => data)).toEqual([expect.objectContaining({ reason: 'ERASED', retryAt: null })]);
    await seen();
  });

  describe('with a limit of messages per mailbox', () => {
    const inviteTo = async (keapId: string): Promise<string> => {
      const one = await GivenApp.register(service);
      const { invitation } = await one.owner.mutate('invitePartner', { appId: one.appId, keapId, role: 'STANDARD' }, 'invitation { invitationId }');
      return `${one.appId} ${invitation.invitationId}`;
    };

    it('sends that many in 24 hours over all apps and tags, in order, and the others later', async () => {
      for (const tag of ['', '+2', '+3', '+4', '+5']) await inviteTo(`popular${tag}@partners.example`);
      const { person } = await app.invite('not affected');
      const sent: string[] = [];
      const work = async (): Promise<readonly string[]> => {
        await mailer(async ({ to }) => { sent.push(to); }, 2).work();
        await seen();
        return sent.splice(0).sort();
      };
      expect(await work()).toEqual([person.keapId, 'popular+2@partners.example', 'popular@partners.example'].sort());
      expect(await work()).toEqual([]);
      await service.restart();
      await seen();
      clock.pass(DAY_MS - 60_000);
      expect(await work()).toEqual([]);
      clock.pass(60_000);
      expect(await work()).toEqual(['popular+3@partners.example', 'popular+4@partners.example']);
      clock.pass(DAY_MS);
      expect(await work()).toEqual(['popular+5@partners.example']);
    });

    it('gives a claim back without using up an attempt when another process claimed the last place first', async () => {
      const [first = '', firstInvitation = ''] = (await inviteTo('crowded+1@partners.example')).split(' ');
      const [second = '', secondInvitation = ''] = (await inviteTo('crowded+2@partners.example')).split(' ');
      const { projector, store } = service.running.membership;
      projector.pause();
      const sent: string[] = [];
      const claim: MailEvent = { type: 'InvitationEmailAttempted', data: { userId: 'u', invitationId: secondInvitation, sendCount: 1, attempt: 1, messageId: '<by another process>', until: clock.now() } };
      await store.append(mailStream(second), toAppend([claim], newRun(systemCaller('mail')), eventTime(clock.now(), '')), -1);
      const working = mailer(async ({ to }) => { sent.push(to); }, 1).work();
      while ((await mailEventsOf(service, first, firstInvitation)).length === 0) await pause(5);
      projector.resume();
      await working;
      expect(sent).toEqual([]);
      expect((await mailEventsOf(service, first, firstInvitation)).map(({ type, data }) => [type, data['reason']])).toEqual([['InvitationEmailAttempted', undefined], ['InvitationEmailPostponed', 'MAILBOX_FULL']]);
      await seen();
      const [row] = service.running.membership.readModels.userList.invitationsByIds([{ appId: first, invitationId: firstInvitation }]);
      expect(row?.delivery).toBe('PENDING');
      clock.pass(DAY_MS + 1);
      await mailer(async ({ to }) => { sent.push(to); }, 1).work();
      expect(sent).toEqual(['crowded+1@partners.example']);
      await mailer(async () => undefined).work();
      await seen();
    });
  });

  it('sends the other messages when one fails with an internal error, and reports it', async () => {
    const broken = await app.invite('broken');
    const fine = await app.invite('fine');
    const sent: string[] = [];
    const one = mailer(async ({ to }) => {
      if (to === broken.person.keapId) throw new TypeError('a bug');
      sent.push(to);
    });
    await expect(one.work()).rejects.toThrow('1 of 2 messages');
    expect(sent).toEqual([fine.person.keapId]);
    await seen();
    await mailer(async () => { throw new NotDelivered('REFUSED 450'); }).work(true);
    expect(await typesOf(broken.invitationId)).toEqual(['Attempted', 'Attempted', 'Failed']);
  });
});
