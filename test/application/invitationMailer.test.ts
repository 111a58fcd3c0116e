import { InvitationMailer } from '../../src/application/invitationMailer';
import { MailLog } from '../../src/application/mailLog';
import { MailNotTaken, type OutgoingMail } from '../../src/application/mailTransport';
import { MailToDoQueries } from '../../src/projections/mailToDoQueries';
import { GivenApp } from '../support/givenApp';
import { mailEventsOf, untilMailEvents } from '../support/mailEvents';
import { MovableClock } from '../support/movableClock';
import { TestService } from '../support/testService';

const SETTINGS = { publicUrl: 'https://partners.example', messageIdHost: 'partners.example', subject: '{inviter}', tries: 2, firstPauseMs: 1_000, timeoutMs: 60_000 };

describe('whoever sends invitations', () => {
  const clock = new MovableClock();
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ hooks: { clock } });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });

  const mailer = (send: (mail: OutgoingMail) => Promise<void>): InvitationMailer => {
    const { database, store, rosters, readModels, linkTokens } = service.running.membership;
    const transport = { send, close: async () => undefined };
    return new InvitationMailer({ toDo: new MailToDoQueries(database), log: new MailLog(store, clock), rosters, userList: readModels.userList, linkTokens, transport, clock, report: () => undefined }, SETTINGS);
  };
  const seen = (): Promise<boolean> => service.running.membership.caughtUp(5_000);
  const typesOf = async (invitationId: string): Promise<readonly string[]> => (await mailEventsOf(service, app.appId, invitationId)).map(({ type }) => type.replace('InvitationEmail', ''));

  it('lets one of several send what all see', async () => {
    const { person, invitationId } = await app.invite('wanted by all');
    const sent: string[] = [];
    const mailers = Array.from({ length: 4 }, () => mailer(async ({ to }) => { sent.push(to); }));
    await Promise.all(mailers.map((one) => one.work()));
    expect(sent).toEqual([person.keapId]);
    expect(await typesOf(invitationId)).toEqual(['Attempted', 'Sent']);
    await seen();
  });

  it('sends no link that the roster has taken back or replaced, however far the list is behind', async () => {
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

  it('gives up what was begun for the last time and never told of', async () => {
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
    never.stop();
    await seen();
  });

  it('gives up what was to go to somebody who was erased', async () => {
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

  it('goes on with the others when one cannot be worked on, and tells', async () => {
    const broken = await app.invite('broken');
    const fine = await app.invite('fine');
    const sent: string[] = [];
    const one = mailer(async ({ to }) => {
      if (to === broken.person.keapId) throw new TypeError('a fault of ours');
      sent.push(to);
    });
    await expect(one.work()).rejects.toThrow('1 of 2 messages');
    expect(sent).toEqual([fine.person.keapId]);
    await seen();
    await mailer(async () => { throw new MailNotTaken('REFUSED 450'); }).work(true);
    expect(await typesOf(broken.invitationId)).toEqual(['Attempted', 'Attempted', 'Failed']);
  });
});
